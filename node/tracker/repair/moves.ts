/**
 * Which shards of a set have to be copied because their holders are being drained: those that no provider that stays holds by the
 * placement rule. The holder still counts for the margin, since it is alive; it no longer counts for where the set may lie.
 *
 * Pure.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { countByRule, type FailureDomains } from '@lunarx/core/placement'
import type { Holder, KnownSet } from '../map/index.ts'
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

/** In order of index, then peer; [] where no holder is being drained. */
export function movesOf(rule: Pick<KnownSet, 'parity' | 'survive'>, holders: readonly Holder[], sight: MoveSight): Move[] {
  const leaving = holders.filter((holder) => isLeaving(holder, sight))
  if (leaving.length === 0) return []
  const staying = holders.filter((holder) => !sight.isDraining(holder.peer) && isRelied(holder, sight.standingOf(holder.peer)))
  const counted = countByRule(
    staying.map(({ index, peer }) => ({ index, peer, ...sight.domainsOf(peer) })),
    rule,
  )
  const held = new Set(counted.map(({ index }) => index))
  return leaving.flatMap(({ index, peer }) => (held.has(index) ? [] : [{ index, peer }]))
}
