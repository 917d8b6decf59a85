/**
 * How much a provider proves: side by side, waiting, and for each tracker in a minute. A tracker that asks without end gets
 * TOO_MANY_REQUESTS, which is no answer and no guilt.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import { Limit, RateLimit } from '@lunarx/runtime/tasks'
import { PROVIDER_LIMITS } from '../limits.ts'

const { prove } = PROVIDER_LIMITS
const MINUTE_MS = 60_000

export class ProveLimits {
  readonly #reading = new Limit({ concurrent: prove.leavesAtOnce, queued: prove.leavesQueued })
  readonly #sweeping = new Limit({ concurrent: 1, queued: prove.sweepsQueued })
  readonly #leaves: RateLimit
  readonly #sweeps: RateLimit

  constructor(clock: Clock) {
    const perMinute = (requests: number): RateLimit => new RateLimit({ requests, windowMs: MINUTE_MS, maxKeys: prove.askers }, clock)
    this.#leaves = perMinute(prove.leavesPerMinute)
    this.#sweeps = perMinute(prove.sweepsPerMinute)
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS */
  takeLeaf(asker: PeerId): void {
    this.#leaves.take(asker)
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS */
  takeSweep(asker: PeerId): void {
    this.#sweeps.take(asker)
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS; what `work` throws */
  reading<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#reading.run(work, signal)
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS; what `work` throws */
  sweeping<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#sweeping.run(work, signal)
  }
}
