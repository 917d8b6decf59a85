/**
 * What is done about owners' leases by and by: those that ran out are listed for providers, those that too few providers remember are
 * told to others.
 *
 * @module
 */
import type { TrackerRing } from '../ring/index.ts'
import type { LeaseHolders } from './lease-holders.ts'
import type { OverList } from './over-list.ts'
import type { OwnerLeases } from './owner-leases.ts'

export interface KeepExpiryDeps {
  readonly ring: Pick<TrackerRing, 'isFirst'>
  readonly ownerLeases: OwnerLeases
  readonly leaseHolders: LeaseHolders
  readonly overList: OverList
}

/** One round. */
export async function keepExpiry({ ring, ownerLeases, leaseHolders, overList }: KeepExpiryDeps, signal: AbortSignal): Promise<void> {
  overList.look()
  for (const known of ownerLeases.all) if (ring.isFirst(known.owner)) await leaseHolders.spread(known, signal)
}
