/**
 * A request that reached the wrong tracker goes to the owner; where that one is away, the next live one takes it.
 *
 * A forwarded request is never forwarded again. A tracker that the network names no more does none of this work itself: what it took now,
 * nobody would hand over.
 *
 * @module
 */
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import { isAway } from '../ask/index.ts'
import type { TrackerRing } from './tracker-ring.ts'

/**
 * @param remote asks the owner at this address
 * @param local does the work here
 * @throws {LunarError} PEER_UNREACHABLE: this tracker is not one of the network, and no owner can be reached; what either throws
 */
export async function atOwner<A>(
  key: Uint8Array,
  asker: Session,
  ring: TrackerRing,
  remote: (owner: PeerAddress) => Promise<A>,
  local: () => Promise<A>,
): Promise<A> {
  if (asker.credential.role === 'tracker') {
    assertMember(ring)
    return local()
  }
  for (const owner of ring.owners(key)) {
    if (ring.isSelf(owner)) return local()
    if (!ring.isReachable(owner)) continue
    try {
      return await remote(owner)
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }
  assertMember(ring)
  return local()
}

/** @throws {LunarError} PEER_UNREACHABLE: whoever asked goes on to the next tracker */
export function assertMember(ring: Pick<TrackerRing, 'isMember'>): void {
  if (!ring.isMember) throw new LunarError('PEER_UNREACHABLE', 'this tracker is not one of the network any more: ask another')
}
