/**
 * At most so many requests per key and window. Bounded memory: with too many keys, all start anew.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/clock.ts'

export interface RateLimitInit {
  readonly requests: number
  readonly windowMs: number
  readonly maxKeys: number
}

export class RateLimit {
  readonly #init: RateLimitInit
  readonly #clock: Clock
  readonly #taken = new Map<string, number>()
  #windowFromMs = Number.NEGATIVE_INFINITY

  constructor(init: RateLimitInit, clock: Clock) {
    this.#init = init
    this.#clock = clock
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS */
  take(key: string): void {
    const { requests, windowMs, maxKeys } = this.#init
    const now = this.#clock.elapsed()
    if (now - this.#windowFromMs >= windowMs || this.#taken.size >= maxKeys) {
      this.#taken.clear()
      this.#windowFromMs = now
    }
    const taken = (this.#taken.get(key) ?? 0) + 1
    if (taken > requests) throw new LunarError('TOO_MANY_REQUESTS', 'too many requests of one asker', { detail: { requests, windowMs } })
    this.#taken.set(key, taken)
  }
}
