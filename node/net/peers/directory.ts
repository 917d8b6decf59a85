/**
 * How peers find each other while trackers are away: a distributed hash table over the providers and trackers of a network.
 *
 * Says who claims to be where and to serve what, and vouches for nothing: whoever is named may be away, another, or never have said
 * so. Ask the peer itself: the network proves its id and shows its credential. Over kad-dht in pods, simulated in `World`.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'

export interface FoundPeer extends PeerAddress {
  readonly peer: PeerId
}

export interface Directory {
  /** Where to begin when nobody is known: asked now and then for others. The newest call counts. Asks nobody yet. */
  meet(peers: readonly PeerAddress[]): void
  /**
   * Says that this peer serves a key; clients may not. Told to peers near the key, who keep it for a day or as long as they run.
   * @param key 32 bytes: the hash of something
   * @returns how many took it; 0 where nobody is known. Ends by itself within `NET_LIMITS.directory.askMs`
   * @throws the signal's reason
   */
  announce(key: Uint8Array, signal: AbortSignal): Promise<number>
  /**
   * Who says that he serves a key: at most `NET_LIMITS.directory.found`, in no order, one entry for every address. Nobody who is asked
   * can keep out whom others name. Ends by itself within `askMs`.
   * @throws the signal's reason
   */
  find(key: Uint8Array, signal: AbortSignal): Promise<FoundPeer[]>
  /**
   * Where a peer is said to be, at most a few places. Ends by itself within `askMs`.
   * @throws the signal's reason
   */
  findPeer(peer: PeerId, signal: AbortSignal): Promise<FoundPeer[]>
}
