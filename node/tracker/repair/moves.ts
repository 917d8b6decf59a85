/**
 * Which shards of a set have to be copied though nothing of it is missing: those that no provider that stays holds by the placement rule.
 * Their holders are being drained, or lie where the set has too many already: domains change, classes become stricter, and the work of two
 * trackers may cross.
 * Such a holder still counts for the margin, since it is alive; it does not count for where the set may lie.
 *
 * Pure.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { countByRule, keepsRule, type FailureDomains, type PlacementRule } from '@lunarx/core/placement'
import type { Holder } from '../map/index.ts'
import { isRelied, type HolderStanding } from './assess.ts'

/** A shard, and who is to be freed of it. */
export interface Move {
  readonly index: number
  readonly peer: PeerId
}

export interface MoveSight {
  /** undefined: not known (yet); it has made statements, so it is taken as alive */
  standingOf(peer: PeerId): HolderStanding | undefined
  isDraining(peer: PeerId): boolean
  domainsOf(peer: PeerId): FailureDomains
}

/** Is being drained and may have the shard, silent or not: silence is no reason to take it that its volume holds nothing. */
export function isLeaving({ peer, isCondemned }: Holder, sight: MoveSight): boolean {
  return sight.isDraining(peer) && !isCondemned && sight.standingOf(peer)?.isDeclaredLost !== true
}

/** By which a set is judged. */
export interface MoveRules {
  /** What leaves must be held by this one elsewhere. */
  readonly signed: PlacementRule
  /** The stricter one of its class: what lies otherwise moves where there is room for it. */
  readonly today: PlacementRule
}

/** Those that are being drained first, then by holder; [] where all lies as it should. */
export function movesOf({ signed, today }: MoveRules, holders: readonly Holder[], sight: MoveSight): Move[] {
  const leaving = holders.filter((holder) => isLeaving(holder, sight))
  const staying = holders
    .filter((holder) => !sight.isDraining(holder.peer) && isRelied(holder, sight.standingOf(holder.peer)))
    .map(({ index, peer }) => ({ index, peer, ...sight.domainsOf(peer) }))
  if (leaving.length === 0 && keepsRule(staying, today)) return []
  const heldBy = (rule: PlacementRule): Set<number> => new Set(countByRule(staying, rule).map(({ index }) => index))
  const kept = leaving.length === 0 ? undefined : heldBy(signed)
  const moves = leaving.filter(({ index }) => !kept?.has(index))
  const held = heldBy(today)
  for (const { index } of moves) held.add(index)
  // of who is not known (yet), nobody knows where it is
  const isKnown = staying.every(({ peer, zone }) => sight.standingOf(peer) !== undefined && (!today.bindsZones || zone !== undefined))
  const misplaced = isKnown ? staying.filter(({ index }) => !held.has(index)) : []
  return [...moves, ...misplaced].map(({ index, peer }) => ({ index, peer }))
}
