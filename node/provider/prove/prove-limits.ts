/**
 * How much a provider proves: side by side, waiting, and for each asker in a minute. Who asks without end gets TOO_MANY_REQUESTS, which is
 * no answer and no guilt. Outside verifiers have limits of their own: they take nothing of what trackers may ask, and their silence counts
 * for nothing.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import { Limit, RateLimit } from '@lunarx/runtime/tasks'
import { PROVIDER_LIMITS } from '../limits.ts'

const { prove } = PROVIDER_LIMITS
const MINUTE_MS = 60_000

/** As what a peer asks for leaves. */
export type LeafAsker = 'tracker' | 'verifier'

export class ProveLimits {
  readonly #reading: Readonly<Record<LeafAsker, Limit>> = {
    tracker: new Limit({ concurrent: prove.leavesAtOnce, queued: prove.leavesQueued }),
    verifier: new Limit({ concurrent: prove.outsideAtOnce, queued: prove.outsideQueued }),
  }
  readonly #sweeping = new Limit({ concurrent: 1, queued: prove.sweepsQueued })
  readonly #leaves: Readonly<Record<LeafAsker, RateLimit>>
  readonly #sweeps: RateLimit

  constructor(clock: Clock) {
    const perMinute = (requests: number): RateLimit => new RateLimit({ requests, windowMs: MINUTE_MS, maxKeys: prove.askers }, clock)
    this.#leaves = { tracker: perMinute(prove.leavesPerMinute), verifier: perMinute(prove.outsidePerMinute) }
    this.#sweeps = perMinute(prove.sweepsPerMinute)
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS */
  takeLeaf(asker: PeerId, as: LeafAsker): void {
    this.#leaves[as].take(asker)
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS */
  takeSweep(asker: PeerId): void {
    this.#sweeps.take(asker)
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS; what `work` throws */
  reading<T>(as: LeafAsker, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#reading[as].run(work, signal)
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS; what `work` throws */
  sweeping<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#sweeping.run(work, signal)
  }
}
