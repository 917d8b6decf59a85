/**
 * Background work of a role: loops that end with their owner, whose failures are logged and retried, never lost.
 *
 * @module
 */
import type { Clock } from '../clock/clock.ts'
import type { Log } from '../log/log.ts'

export interface TaskDeps {
  readonly clock: Clock
  readonly log: Log
}

export class Tasks implements AsyncDisposable {
  readonly #deps: TaskDeps
  readonly #stop = new AbortController()
  readonly #running = new Set<Promise<void>>()

  constructor(deps: TaskDeps) {
    this.#deps = deps
  }

  /** Aborted when the owner is disposed. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Runs `work` now and again `pauseMs()` after it ended, until disposal. A throw is logged and the loop goes on. */
  repeat(name: string, pauseMs: () => number, work: (signal: AbortSignal) => Promise<void>): void {
    this.run(name, async (signal) => {
      while (!signal.aborted) {
        try {
          await work(signal)
        } catch (error) {
          if (signal.aborted) return
          this.#deps.log.warn('task failed', { task: name, error })
        }
        await this.#deps.clock.sleep(pauseMs(), signal)
      }
    })
  }

  /** Runs `work` once in the background; not at all after disposal. */
  run(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.signal.aborted) return
    const running = this.#watch(name, work).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #watch(name: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this
    try {
      await work(signal)
    } catch (error) {
      if (!signal.aborted) this.#deps.log.error('task ended', { task: name, error })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
  }
}
