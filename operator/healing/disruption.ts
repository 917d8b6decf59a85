/**
 * How many provider pods of a network may be away by choice now. One budget over all its pools, and every choice asks it: drains of
 * nodes through the disruption budget, rollouts themselves. Pure.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { smallestMargin, type Fleet } from './fleet.ts'
import { hasRowsToTakeOver } from './take-over.ts'

const hasSpare = ({ sets }: Fleet): boolean => (smallestMargin(sets) ?? 1) >= 1

/** None while a set has no spare shard, while one is away already anyhow, or while trackers cannot be asked. */
export function allowedDisruptions(fleet: Fleet | undefined): 0 | 1 {
  if (fleet === undefined) return 0
  const isWhole = fleet.providers.every(({ state, declaredLost }) => state === 'alive' || declaredLost)
  return isWhole && hasSpare(fleet) ? 1 : 0
}

export interface AbsenceSight {
  /** Undefined: no tracker answers. */
  readonly fleet: Fleet | undefined
  /** Names of wanted pods that are not there or not ready. */
  readonly unready: readonly string[]
  /** In force; undefined: none yet. */
  readonly epoch: { readonly number: number; readonly members: readonly PeerId[] } | undefined
}

/**
 * Pods that may be away at once, for the disruption budget, which counts those that are not ready.
 *
 * A node that is drained takes its volumes with it: its first pod waits for the node, and the next one is only let go when the first is
 * no loss any more: trackers count it as lost and every set has a spare shard all the same, and its rows lie with others.
 */
export function absencesAllowed({ fleet, unready, epoch }: AbsenceSight): number {
  if (fleet === undefined || !hasSpare(fleet)) return 0
  const away = fleet.providers.filter(({ state, declaredLost }) => state !== 'alive' && !declaredLost)
  const isMadeUpFor = away.every(
    // one that is cut off while its pod is ready would not be counted by the budget
    ({ state, name, peer }) => state === 'lost' && unready.includes(name) && epoch?.members.includes(peer) === false,
  )
  const isMerged = !fleet.providers.some((one) => hasRowsToTakeOver(one, epoch ?? { number: 0 }))
  if (away.length === 0) return 1
  return isMadeUpFor && isMerged ? away.length + 1 : 0
}
