/**
 * A request that reached the wrong tracker goes to the owner; where that one is away, the next live one takes it.
 *
 * A forwarded request is never forwarded again.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import { isAway } from '../ask/index.ts'
import type { TrackerRing } from './tracker-ring.ts'

/**
 * @param remote asks the owner at this address
 * @param local does the work here
 */
export async function atOwner<A>(
  key: Uint8Array,
  asker: Session,
  ring: TrackerRing,
  remote: (owner: PeerAddress) => Promise<A>,
  local: () => Promise<A>,
): Promise<A> {
  if (asker.credential.role === 'tracker') return local()
  for (const owner of ring.owners(key)) {
    if (ring.isSelf(owner)) return local()
    if (!ring.isReachable(owner)) continue
    try {
      return await remote(owner)
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }
  return local()
}
