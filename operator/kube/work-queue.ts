/**
 * Keys that want work: each at most once in the queue and at most once in hand, failures with growing pauses. Bounded by the
 * number of objects, because a key that waits is not added twice.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import type { KubeMetrics } from './metrics.ts'

export interface WorkQueueDeps {
  readonly clock: Clock
  readonly random: Random
  readonly metrics: KubeMetrics
}

const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 60_000

interface Delayed {
  readonly dueMs: number
  readonly cancel: () => void
}

export class WorkQueue implements Disposable {
  /** As controller-runtime has it: the queue is named after its controller. */
  readonly #labels: { readonly name: string; readonly controller: string }
  readonly #deps: WorkQueueDeps
  /** Key → since when (Clock.elapsed). */
  readonly #waiting = new Map<string, number>()
  readonly #inHand = new Map<string, number>()
  /** Added while in hand: work again as soon as that is done. */
  readonly #again = new Set<string>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #failures = new Map<string, number>()
  readonly #takers: ((key: string | undefined) => void)[] = []
  #isClosed = false

  constructor(name: string, deps: WorkQueueDeps) {
    this.#labels = { name, controller: name }
    this.#deps = deps
  }

  get depth(): number {
    return this.#waiting.size
  }

  add(key: string): void {
    if (this.#isClosed) return
    this.#cancelDelay(key)
    if (this.#inHand.has(key)) {
      this.#again.add(key)
      return
    }
    if (this.#waiting.has(key)) return
    this.#deps.metrics.queueAdds.inc(this.#labels)
    this.#waiting.set(key, this.#deps.clock.elapsed())
    this.#hand()
  }

  /** Adds after a pause; of several pauses the shortest holds. */
  addAfter(key: string, ms: number): void {
    if (this.#isClosed) return
    const dueMs = this.#deps.clock.elapsed() + ms
    const present = this.#delayed.get(key)
    if (present !== undefined && present.dueMs <= dueMs) return
    present?.cancel()
    const cancel = this.#deps.clock.after(ms, () => {
      this.#delayed.delete(key)
      this.add(key)
    })
    this.#delayed.set(key, { dueMs, cancel })
  }

  /** Adds after a pause that doubles with every failure in a row, up to a minute. */
  retry(key: string): void {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    this.#deps.metrics.queueRetries.inc(this.#labels)
    const fullMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 16))
    this.addAfter(key, fullMs * (0.5 + this.#deps.random.uniform() / 2))
  }

  /** The next failure of the key is the first again. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** The next key, which is then in hand until `done`; undefined when the queue is closed. */
  take(): Promise<string | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#takers.push(resolve)
      this.#hand()
    })
  }

  done(key: string): void {
    const { clock, metrics } = this.#deps
    const takenMs = this.#inHand.get(key)
    if (takenMs !== undefined) metrics.workSeconds.observe(this.#labels, (clock.elapsed() - takenMs) / 1000)
    this.#inHand.delete(key)
    if (this.#again.delete(key)) this.add(key)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const { cancel } of this.#delayed.values()) cancel()
    this.#delayed.clear()
    this.#waiting.clear()
    for (const take of this.#takers.splice(0)) take(undefined)
  }

  #hand(): void {
    const { clock, metrics } = this.#deps
    for (const [key, sinceMs] of this.#waiting) {
      const take = this.#takers.shift()
      if (take === undefined) break
      this.#waiting.delete(key)
      this.#inHand.set(key, clock.elapsed())
      metrics.queueSeconds.observe(this.#labels, (clock.elapsed() - sinceMs) / 1000)
      take(key)
    }
    metrics.queueDepth.set(this.#labels, this.#waiting.size)
  }

  #cancelDelay(key: string): void {
    this.#delayed.get(key)?.cancel()
    this.#delayed.delete(key)
  }
}
