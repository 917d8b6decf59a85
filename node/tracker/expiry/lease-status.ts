/**
 * How many owners have a lease, and how many of them are near its end. Whose they are is told to nobody.
 *
 * @module
 */
import type { LeaseStatus } from '@lunarx/wire'
import type { OwnerLeases } from './owner-leases.ts'

/** An owner that has so little of its time left has to be told. */
const ENDING_SHARE = 0.25

/** Undefined: no owner has a lease that can end. */
export function leaseStatus(leases: Pick<OwnerLeases, 'all' | 'remainingMs'>): LeaseStatus | undefined {
  const status = { owners: 0, ending: 0, over: 0 }
  let nextMs = Number.POSITIVE_INFINITY
  for (const known of leases.all) {
    const { periodMs } = known.lease
    const remainingMs = leases.remainingMs(known)
    if (periodMs === null || remainingMs === null) continue
    status.owners++
    if (remainingMs === 0) status.over++
    else nextMs = Math.min(nextMs, remainingMs)
    if (remainingMs > 0 && remainingMs <= ENDING_SHARE * periodMs) status.ending++
  }
  return status.owners === 0 ? undefined : { ...status, nextMs: Number.isFinite(nextMs) ? nextMs : null }
}
