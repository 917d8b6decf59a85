/**
 * removal: a pool of providers is being deleted → whether anything of it is still needed, or still to be told. Pure, and judged anew each
 * time. Until it is over, the pool shrinks like any other (`shrink.ts`).
 *
 * @module
 */
import type { Fleet } from './fleet.ts'
import { ordinalOf, type PoolSize, type Shrink } from './shrink.ts'

/**
 * No pod is needed, and trackers know of every peer that lived here that it is gone on purpose. Where no tracker answers nobody knows.
 * A silent peer that was never learned with a volume of this pool is a leftover of another time, and holds nothing up.
 */
export function isRemoved({ name, members }: Pick<PoolSize, 'name' | 'members'>, shrink: Shrink, fleet: Fleet | undefined): boolean {
  if (fleet === undefined || shrink.refusal !== undefined || shrink.wanted > 0 || shrink.needed > 0) return false
  const isMember = (peer: string): boolean => members.some((member) => member.peer === peer)
  return fleet.providers.every(
    (one) => one.declaredLost || ordinalOf(one.name, name) === undefined || (one.state === 'lost' && !isMember(one.peer)),
  )
}
