/**
 * What is to be done next so that a set lies more evenly, if anything: of two holders of a shard the fuller one gives way, and else one shard
 * is copied to where it had better lie. What was copied has two holders then, so that the next step is of the first kind; it goes on from
 * there, whoever was cut off in between.
 *
 * Holders that are about as full keep a shard twice for a while: of one that came back, and may go again, it would have to be made again.
 *
 * Pure. Of a set that is not whole, or one of whose holders is about to leave, nothing is moved: that is for others to mend first.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import {
  isMuchFuller,
  planEven,
  shareOf,
  type EvenMove,
  type FailureDomains,
  type FilledFleet,
  type PlacementRule,
} from '@lunarx/core/placement'
import type { Holder, KnownSet } from '../map/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { isSparable, type Surplus } from './give-way.ts'

export interface EvenSight {
  readonly filled: FilledFleet
  /** It is alive, and is to stay. */
  isStaying(peer: PeerId): boolean
  /** For how long it has been heard without a gap; 0: it is silent. Milliseconds. */
  steadyMs(peer: PeerId): number
  domainsOf(peer: PeerId): FailureDomains
  /** A shard of so many bytes may move off it, or to it, now. */
  mayMove(peer: PeerId, bytes: number): boolean
}

export type EvenStep = ({ readonly kind: 'move' } & EvenMove) | ({ readonly kind: 'give way' } & Surplus)

export interface EvenSet extends Pick<KnownSet, 'required' | 'parity' | 'shardBytes'> {
  readonly holders: readonly Holder[]
  /** What its owner signed, and what its class asks today. */
  readonly rules: readonly PlacementRule[]
  /** It may lie there. */
  readonly isAllowed: (peer: PeerId) => boolean
}

export function planEvenStep(set: EvenSet, sight: EvenSight): EvenStep | undefined {
  const { required, parity, shardBytes, holders, rules } = set
  const sound = holders.filter(({ peer, isCondemned }) => !isCondemned && sight.isStaying(peer))
  const shards = new Set(sound.map(({ index }) => index)).size
  if (shards < required + parity) return undefined
  if (sound.length > shards) return planGivingWay(set, sound, sight)
  const mayGive = (peer: PeerId): boolean => sight.mayMove(peer, shardBytes)
  const isAllowed = (peer: PeerId): boolean => set.isAllowed(peer) && mayGive(peer) && !holders.some((holder) => holder.peer === peer)
  const move = planEven({ rules, shardBytes, held: sound, mayGive, isAllowed }, sight.filled)
  return move && { kind: 'move', ...move }
}

/** Off the fullest of those that can be spared, to the emptiest of the others. */
function planGivingWay({ rules, shardBytes }: EvenSet, sound: readonly Holder[], sight: EvenSight): EvenStep | undefined {
  for (const [index, holders] of Map.groupBy(sound, (holder) => holder.index)) {
    if (holders.length < 2) continue
    const byFullness = holders.map(({ peer }) => peer).sort((a, b) => fullnessOf(b, sight) - fullnessOf(a, sight) || (a > b ? -1 : 1))
    const peer = byFullness.find((one) => isSparable(one, sound, rules, sight))
    const twin = byFullness.findLast((one) => one !== peer)
    if (peer === undefined || twin === undefined || !isDue(peer, twin, sight)) continue
    if ([peer, twin].every((one) => sight.mayMove(one, shardBytes))) return { kind: 'give way', index, peer, twin }
  }
  return undefined
}

/** One that is not known to store any more is full. */
function fullnessOf(peer: PeerId, { filled }: EvenSight): number {
  const provider = filled.of(peer)
  return provider ? shareOf(provider) : 1
}

function isDue(peer: PeerId, twin: PeerId, sight: EvenSight): boolean {
  const [giver, keeper] = [sight.filled.of(peer), sight.filled.of(twin)]
  const isPlain = giver !== undefined && keeper !== undefined && isMuchFuller(giver, keeper)
  const { steadyMs, settledMs } = TRACKER_LIMITS.even
  return Math.min(sight.steadyMs(peer), sight.steadyMs(twin)) >= (isPlain ? steadyMs : settledMs)
}
