/**
 * At most so many at a time, at most so many waiting; the rest is refused at once.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

export interface LimitOptions {
  readonly concurrent: number
  /** Callers that may wait; the next one gets TOO_MANY_REQUESTS. */
  readonly queued: number
}

export class Limit {
  readonly #options: LimitOptions
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(options: LimitOptions) {
    this.#options = options
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Runs `work` when there is room, first come first served.
   * @throws {LunarError} TOO_MANY_REQUESTS; what `work` throws; the signal's reason if aborted while waiting
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#running < this.#options.concurrent) this.#running++
    else await this.#turn(signal)
    try {
      return await work()
    } finally {
      this.#pass()
    }
  }

  /** Waits until a leaving one hands over its place. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#options.queued)
      throw new LunarError('TOO_MANY_REQUESTS', 'too much work is waiting', {
        detail: { concurrent: this.#options.concurrent, queued: this.#options.queued },
      })
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(enter)
        reject(signal?.reason)
      }
      const enter = (): void => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(enter)
    })
  }

  #pass(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#running--
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
