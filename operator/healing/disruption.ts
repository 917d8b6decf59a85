/**
 * How many provider pods of a network may be away by choice now. One budget over all its pools, and every choice asks it: drains of
 * nodes through the disruption budget, rollouts themselves. Pure.
 *
 * @module
 */
import { smallestMargin, type Fleet } from './fleet.ts'

/** None while a set has no spare shard, while one is away already anyhow, or while trackers cannot be asked. */
export function allowedDisruptions(fleet: Fleet | undefined): 0 | 1 {
  if (fleet === undefined) return 0
  const isWhole = fleet.providers.every(({ state, declaredLost }) => state === 'alive' || declaredLost)
  return isWhole && (smallestMargin(fleet.sets) ?? 1) >= 1 ? 1 : 0
}
