/**
 * How far the promise is kept at this moment: the draws of the last period, by provider.
 *
 * @module
 */
import type { AuditPromise, VerdictWord } from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'

/** Draws that are remembered of one provider. */
const MAX_DRAWS = 10_000

export class Coverage {
  readonly #clock: Clock
  readonly #promise: AuditPromise
  /** When (elapsed) leaves were proved, oldest first. */
  readonly #provedMs = new Map<PeerId, number[]>()
  readonly #counts = new Map<PeerId, Record<VerdictWord, number>>()

  constructor(clock: Clock, promise: AuditPromise) {
    this.#clock = clock
    this.#promise = promise
  }

  drawn(provider: PeerId, verdict: VerdictWord): void {
    const counts = this.#counts.get(provider) ?? { proved: 0, disproved: 0, lost: 0, silent: 0 }
    counts[verdict]++
    this.#counts.set(provider, counts)
    if (verdict !== 'proved') return
    const fromMs = this.#clock.elapsed() - this.#promise.withinMs
    const times = (this.#provedMs.get(provider) ?? []).filter((atMs) => atMs > fromMs)
    this.#provedMs.set(provider, [...times, this.#clock.elapsed()].slice(-MAX_DRAWS))
  }

  /** Draws of this tracker since its start. */
  countsOf(provider: PeerId): Readonly<Record<VerdictWord, number>> {
    return this.#counts.get(provider) ?? { proved: 0, disproved: 0, lost: 0, silent: 0 }
  }

  /** Leaves proved to this tracker within the time of the promise. */
  provedLately(provider: PeerId): number {
    const fromMs = this.#clock.elapsed() - this.#promise.withinMs
    return this.#provedMs.get(provider)?.filter((atMs) => atMs > fromMs).length ?? 0
  }
}
