/**
 * Makes places for missing shards where none is free: of a shard that two providers hold, one gives way.
 *
 * Two holders of one shard are no harm, and are the rule after a holder came back whose shard was rebuilt meanwhile. They are one
 * only where every provider already has a shard of the set: then the missing one can go nowhere else.
 *
 * @module
 */
import type { SegmentRecord } from '@lunarx/core/document'
import { ruleOf, signedRule } from '@lunarx/core/placement'
import type { Holder, KnownSet } from '../map/index.ts'
import { countRoom } from '../place/index.ts'
import { giveWay, isSparable, type Surplus } from './give-way.ts'
import { neighbours, type SettleDeps } from './settle-shards.ts'

export interface RoomRequest {
  readonly set: KnownSet
  readonly record: SegmentRecord
  /** Indices to be placed. */
  readonly wanted: readonly number[]
  /** As `holdShards` says. */
  readonly mayRelax: boolean
  /** Indices whose holders are being drained. */
  readonly moving?: readonly number[]
  /** The shards to be placed are at hand: nothing is given up for what cannot be had. Asked once there is somebody to give way. */
  readonly isReady: () => Promise<boolean>
}

/**
 * @returns whether there may be more room than before
 * @throws what `isReady` throws
 */
export async function makeRoom(request: RoomRequest, deps: SettleDeps, signal: AbortSignal): Promise<boolean> {
  const { set, record, wanted, mayRelax, moving = [], isReady } = request
  const { settled, avoid } = neighbours(set, deps, moving)
  const room = countRoom({ record, wanted, settled, avoid, mayRelax }, deps).count
  const rules = [ruleOf(record, deps.classes), signedRule(record)]
  // a holder that is being drained is no twin to rely on, and nothing is gained where it gives way
  const holders = deps.map.statements
    .holders(set.hex)
    .filter(({ peer }) => deps.fleet.standing(peer)?.state === 'alive' && !deps.fleet.isDraining(peer))
  const claims = holders.filter(({ isCondemned }) => !isCondemned)
  for (const one of surplusOf(holders)) {
    const others = settled.filter((peer) => peer !== one.peer)
    const isUseful = countRoom({ record, wanted, settled: others, avoid, mayRelax }, deps).count > room
    if (isSparable(one.peer, claims, rules, deps.fleet) && isUseful && (await isReady()) && (await giveWay(set, one, deps, signal)))
      return true
  }
  return false
}

/** Shards with more than one sound holder, in order of index. The one with the smallest id keeps it: trackers mean the same then. */
export function surplusOf(holders: readonly Holder[]): Surplus[] {
  const sound = holders.filter(({ isCondemned }) => !isCondemned).sort((a, b) => a.index - b.index || (a.peer < b.peer ? -1 : 1))
  return sound.flatMap(({ index, peer }) => {
    const twin = sound.find((holder) => holder.index === index)?.peer
    return twin === undefined || twin === peer ? [] : [{ index, peer, twin }]
  })
}
