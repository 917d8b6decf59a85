/**
 * What the other trackers hear and have been told: their silences, as they told them last, grown by the time since; whom they declare
 * lost; their orders. A voice that is not renewed soon falls silent itself. One tracker has one voice, whatever it says.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import type { DrainOrder, ProviderView } from '@lunarx/wire'

interface Voice {
  /** When it came, on the elapsed clock. */
  readonly atMs: number
  readonly silencesMs: ReadonlyMap<PeerId, number>
  readonly views: ReadonlyMap<PeerId, ProviderView>
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
    const byPeer = new Map(views.map((view) => [view.peer, view]))
    this.#byTracker.set(tracker, { atMs: this.#clock.elapsed(), silencesMs, views: byPeer })
  }

  /** For how long trackers with a fresh voice have not heard this provider; one number per tracker. */
  silencesOf(peer: PeerId): number[] {
    const now = this.#clock.elapsed()
    return this.#fresh().flatMap(({ atMs, silencesMs }) => {
      const silenceMs = silencesMs.get(peer)
      return silenceMs === undefined ? [] : [silenceMs + now - atMs]
    })
  }

  /** How many trackers with a fresh voice declare it lost, and how many of them on purpose. */
  declarationsOf(peer: PeerId): { readonly lost: number; readonly retired: number } {
    const declared = this.#viewsOf(peer).filter(({ declaredLost }) => declaredLost)
    return { lost: declared.length, retired: declared.filter(({ retired }) => retired).length }
  }

  /** The newest orders of the trackers with a fresh voice. */
  ordersOf(peer: PeerId): DrainOrder[] {
    return this.#viewsOf(peer).map(({ drain }) => drain)
  }

  #viewsOf(peer: PeerId): ProviderView[] {
    return this.#fresh().flatMap(({ views }) => views.get(peer) ?? [])
  }

  #fresh(): Voice[] {
    const now = this.#clock.elapsed()
    return [...this.#byTracker.values()].filter(({ atMs }) => now - atMs <= this.#maxAgeMs)
  }
}
