/**
 * Which shards of a set have to be copied though nothing of it is missing: those that no provider that stays holds by the placement rule.
 * Their holders are being drained, or lie where the set has too many already: domains change, and the work of two trackers may cross.
 * Such a holder still counts for the margin, since it is alive; it does not count for where the set may lie.
 *
 * Pure.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { countByRule, domainLimit, type FailureDomains, type HeldClaim } from '@lunarx/core/placement'
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

/** Those that are being drained first, then by holder; [] where all lies as it should. */
export function movesOf(rule: Pick<KnownSet, 'parity' | 'survive'>, holders: readonly Holder[], sight: MoveSight): Move[] {
  const leaving = holders.filter((holder) => isLeaving(holder, sight))
  const staying = holders
    .filter((holder) => !sight.isDraining(holder.peer) && isRelied(holder, sight.standingOf(holder.peer)))
    .map(({ index, peer }) => ({ index, peer, ...sight.domainsOf(peer) }))
  if (leaving.length === 0 && isSpread(staying, rule)) return []
  const held = new Set(countByRule(staying, rule).map(({ index }) => index))
  const moves = leaving.filter(({ index }) => !held.has(index))
  for (const { index } of moves) held.add(index)
  // of who is not known (yet), nobody knows where it is
  const isKnown = staying.every(({ peer }) => sight.standingOf(peer) !== undefined)
  const misplaced = isKnown ? staying.filter(({ index }) => !held.has(index)) : []
  return [...moves, ...misplaced].map(({ index, peer }) => ({ index, peer }))
}

/** Nobody and no domain holds too much, whatever of it counts: true of nearly every set, and cheap to see. */
function isSpread(claims: readonly HeldClaim[], { parity, survive }: Pick<KnownSet, 'parity' | 'survive'>): boolean {
  const limit = domainLimit(parity, survive)
  const isWithin = (most: number, names: readonly (string | undefined)[]): boolean => {
    const counts = new Map<string, number>()
    for (const name of names) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
    return [...counts.values()].every((count) => count <= most)
  }
  return (
    isWithin(
      1,
      claims.map(({ peer }) => peer),
    ) &&
    isWithin(
      limit,
      claims.map(({ domain }) => domain),
    ) &&
    isWithin(
      limit,
      claims.map(({ store }) => store),
    )
  )
}
