/**
 * handover: a tracker that the network names no more gives what it has to those that own it now, and says when nothing is left.
 *
 * It compares records, tombstones, keeps and leases with every tracker of the network, again and again, as trackers always do; what
 * one lacked is sent. Done is a statement about the last whole comparison with each: nothing was lacking, and the peer that said so is
 * still there. In memory only: after a start everything is compared anew.
 *
 * Nothing is taken meanwhile that would have to be handed over (`ring/forward.ts`), so that the statement stays true. Uploads that are
 * under way are the business of their clients, who reserve again elsewhere.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { TrackerHandover } from '@lunarx/wire'
import { isAway } from '../ask/index.ts'
import type { TrackerRing } from '../ring/index.ts'

export interface HandoverDeps {
  readonly ring: TrackerRing
  /** Compares everything with one tracker and sends what it lacks. @returns how much that was */
  readonly compare: (tracker: PeerAddress, signal: AbortSignal) => Promise<number>
}

interface Compared {
  readonly peer: PeerId
  readonly lacked: number
}

export class Handover {
  readonly #deps: HandoverDeps
  readonly #compared = new Map<string, Compared>()

  constructor(deps: HandoverDeps) {
    this.#deps = deps
  }

  /** With every tracker, one after the other. One that is away counts as not compared until it is back. */
  async round(signal: AbortSignal): Promise<void> {
    const { ring, compare } = this.#deps
    for (const tracker of ring.others) {
      const peer = ring.peerAt(tracker)
      try {
        const lacked = peer === undefined ? undefined : await compare(tracker, signal)
        // another peer may have come to the address while it was compared
        if (peer !== undefined && lacked !== undefined && ring.peerAt(tracker) === peer)
          this.#compared.set(ringName(tracker), { peer, lacked })
        else this.#compared.delete(ringName(tracker))
      } catch (error) {
        this.#compared.delete(ringName(tracker))
        if (!isAway(error)) throw error
      }
    }
  }

  get progress(): TrackerHandover {
    const { ring } = this.#deps
    const { others } = ring
    const valid = others.flatMap((tracker) => {
      const compared = this.#compared.get(ringName(tracker))
      return compared && ring.isReachable(tracker) && ring.peerAt(tracker) === compared.peer ? [compared] : []
    })
    const left = valid.reduce((sum, { lacked }) => sum + lacked, 0)
    return { left, compared: valid.length, trackers: others.length, isDone: left === 0 && valid.length === others.length }
  }
}
