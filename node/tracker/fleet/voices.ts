/**
 * What the other trackers hear: their silences, as they told them last, grown by the time since. A voice that is not renewed soon
 * falls silent itself.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import type { ProviderView } from '@lunarx/wire'

interface Voice {
  /** When it came, on the elapsed clock. */
  readonly atMs: number
  readonly silencesMs: ReadonlyMap<PeerId, number>
}

export class Voices {
  readonly #clock: Clock
  readonly #maxAgeMs: number
  readonly #byTracker = new Map<string, Voice>()

  constructor(clock: Clock, maxAgeMs: number) {
    this.#clock = clock
    this.#maxAgeMs = maxAgeMs
  }

  learn(tracker: string, views: readonly ProviderView[]): void {
    const silencesMs = new Map(views.flatMap(({ peer, silentMs }) => (silentMs === null ? [] : [[peer, silentMs] as const])))
    this.#byTracker.set(tracker, { atMs: this.#clock.elapsed(), silencesMs })
  }

  /** For how long trackers with a fresh voice have not heard this provider; one number per tracker. */
  silencesOf(peer: PeerId): number[] {
    const now = this.#clock.elapsed()
    return [...this.#byTracker.values()].flatMap(({ atMs, silencesMs }) => {
      const silenceMs = silencesMs.get(peer)
      return silenceMs === undefined || now - atMs > this.#maxAgeMs ? [] : [silenceMs + now - atMs]
    })
  }
}
