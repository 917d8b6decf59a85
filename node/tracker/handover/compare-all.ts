/**
 * Everything that trackers compare with each other, once. Keeps and orders come after the records that they are of.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import { compareOrdersWith, type OrderDeps } from '../audit/index.ts'
import { compareLeasesWith, type CompareLeasesDeps } from '../expiry/index.ts'
import { compareKeepsWith, type CompareKeepsDeps } from '../lease/index.ts'
import { compareWith, type CompareDeps } from '../map/index.ts'

export type CompareAllDeps = CompareDeps & CompareKeepsDeps & CompareLeasesDeps & OrderDeps

/** @returns how many documents the other lacked: 0 says that it has all that it owns of what is known here */
export async function compareAll(other: PeerAddress, deps: CompareAllDeps, signal: AbortSignal): Promise<number> {
  const records = await compareWith(other, deps, signal)
  const leases = await compareLeasesWith(other, deps, signal)
  const keeps = await compareKeepsWith(other, deps, signal)
  return records + leases + keeps + (await compareOrdersWith(other, deps, signal))
}
