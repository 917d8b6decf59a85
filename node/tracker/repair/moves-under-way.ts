/**
 * How much evening out may move off and to one provider at a time, whatever the network's rate allows: so that one that was just added is
 * not flooded by all others, and the fullest one not read by all at once, while clients wait for them.
 *
 * A move is under way from its copy on until the provider has sent a heartbeat: then it says itself how full it is. Trackers do not agree
 * on who moves what: each has its part of what is allowed, since each moves about as many sets as another.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'

export interface UnderWayDeps {
  readonly fleet: Pick<Fleet, 'heardMs' | 'standing'>
  readonly clock: Clock
  /** Trackers of the network. */
  readonly trackers: number
}

interface Tally {
  moves: number
  bytes: number
  /** When (elapsed) the last of them began. */
  begunMs: number
}

export class MovesUnderWay {
  readonly #deps: UnderWayDeps
  readonly #tallies = new Map<PeerId, Tally>()
  readonly #most: { readonly moves: number; readonly bytes: number }

  constructor(deps: UnderWayDeps) {
    this.#deps = deps
    const { movesOfProvider, movedBytesOfProvider } = TRACKER_LIMITS.even
    this.#most = { moves: Math.floor(movesOfProvider / deps.trackers), bytes: movedBytesOfProvider / deps.trackers }
  }

  /** A shard moves from one of these to the other. */
  begin(peers: readonly PeerId[], bytes: number): void {
    const begunMs = this.#deps.clock.elapsed()
    for (const peer of peers) {
      const { moves, bytes: before } = this.#tallyOf(peer) ?? { moves: 0, bytes: 0 }
      this.#tallies.set(peer, { moves: moves + 1, bytes: before + bytes, begunMs })
    }
  }

  /** One more of so many bytes may begin there. The first one always may, however long the shard. */
  mayBegin(peer: PeerId, bytes: number): boolean {
    const tally = this.#tallyOf(peer)
    return !tally || (tally.moves < this.#most.moves && tally.bytes + bytes <= this.#most.bytes)
  }

  get isAny(): boolean {
    return [...this.#tallies.keys()].some((peer) => this.#tallyOf(peer))
  }

  /** Undefined: nothing is under way there. What ends is forgotten; with a provider that is lost, so is what it never confirmed. */
  #tallyOf(peer: PeerId): Tally | undefined {
    const { fleet } = this.#deps
    const tally = this.#tallies.get(peer)
    if (!tally) return undefined
    const hasTold = (fleet.heardMs(peer) ?? 0) > tally.begunMs
    if (!hasTold && fleet.standing(peer)?.state !== 'lost') return tally
    this.#tallies.delete(peer)
    return undefined
  }
}
