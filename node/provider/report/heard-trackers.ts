/**
 * Who the trackers are, by the credentials that they showed when they answered heartbeats: the newest of each place. An epoch names those
 * on its slots alone.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Session } from '@lunarx/net/peers'

/** Bounded by the trackers of the configuration. */
export class HeardTrackers {
  readonly #peers = new Map<string, PeerId>()

  note(place: PeerAddress, { peer, credential }: Session): void {
    if (credential.role === 'tracker') this.#peers.set(ringName(place), peer)
  }

  has(peer: PeerId): boolean {
    return [...this.#peers.values()].includes(peer)
  }
}
