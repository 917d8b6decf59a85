/**
 * Who the trackers are, by the credentials that they showed when they answered heartbeats: the newest of each place. An epoch names those
 * on its slots alone.
 *
 * @module
 */
import type { Credential, PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Session } from '@lunarx/net/peers'

/** Bounded by the trackers of the configuration. */
export class HeardTrackers {
  readonly #credentials = new Map<string, Credential>()

  note(place: PeerAddress, { credential }: Session): void {
    if (credential.role === 'tracker') this.#credentials.set(ringName(place), credential)
  }

  /** Until its credential runs out. @param nowMs since 1970 UTC */
  has(peer: PeerId, nowMs: number): boolean {
    return [...this.#credentials.values()].some((one) => one.peer === peer && one.expiresMs > nowMs)
  }
}
