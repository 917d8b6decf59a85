/**
 * Workers that take keys from a queue and reconcile them. Level-based: a reconciliation sees the world, never the event.
 *
 * @module
 */
import type { Log } from '@lunarx/runtime/log'
import { WorkQueue, type WorkQueueDeps } from './work-queue.ts'

export interface Outcome {
  /** Look again after this; unset: when something changes. Milliseconds. */
  readonly requeueAfterMs?: number | undefined
}

export type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>

export interface ControllerDeps extends WorkQueueDeps {
  readonly log: Log
}

const WORKERS = 4
/** Counted from zero on, so that the first failure is seen as an increase. */
const RESULTS = ['success', 'requeue_after', 'error'] as const

export class Controller implements Disposable {
  readonly name: string
  readonly queue: WorkQueue
  readonly #reconcile: Reconcile
  readonly #deps: ControllerDeps

  constructor(name: string, reconcile: Reconcile, deps: ControllerDeps) {
    this.name = name
    this.queue = new WorkQueue(name, deps)
    this.#reconcile = reconcile
    this.#deps = { ...deps, log: deps.log.with({ controller: name }) }
    for (const result of RESULTS) deps.metrics.reconciles.inc({ controller: name, result }, 0)
    deps.metrics.reconcileErrors.inc({ controller: name }, 0)
  }

  /** Works until the queue is closed or the signal aborts; resolves when no worker is left. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.queue[Symbol.dispose]()
    this.#deps.metrics.maxConcurrent.set({ controller: this.name }, WORKERS)
    if (signal.aborted) return
    signal.addEventListener('abort', stop, { once: true })
    try {
      await Promise.all(Array.from({ length: WORKERS }, () => this.#work(signal)))
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  [Symbol.dispose](): void {
    this.queue[Symbol.dispose]()
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let key = await this.queue.take(); key !== undefined; key = await this.queue.take()) {
      await this.#once(key, signal)
      this.queue.done(key)
    }
  }

  async #once(key: string, signal: AbortSignal): Promise<void> {
    const { metrics, clock, log } = this.#deps
    const labels = { controller: this.name }
    const startMs = clock.elapsed()
    metrics.activeWorkers.inc(labels)
    try {
      const { requeueAfterMs } = await this.#reconcile(key, signal)
      this.queue.forget(key)
      if (requeueAfterMs !== undefined) this.queue.addAfter(key, requeueAfterMs)
      metrics.reconciles.inc({ ...labels, result: requeueAfterMs === undefined ? 'success' : 'requeue_after' })
    } catch (error) {
      if (signal.aborted) return
      log.warn('reconciliation failed', { key, error })
      metrics.reconciles.inc({ ...labels, result: 'error' })
      metrics.reconcileErrors.inc(labels)
      this.queue.retry(key)
    } finally {
      metrics.activeWorkers.dec(labels)
      metrics.reconcileSeconds.observe(labels, (clock.elapsed() - startMs) / 1000)
    }
  }
}
