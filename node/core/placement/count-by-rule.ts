/**
 * How many shards of a set count, given who holds what: one per provider, and per domain, backing store and binding zone no more than the
 * rule of `place` allows.
 *
 * After retries a provider may hold two shards of a set, or a domain too many; the loss of d domains would then take more than m.
 * What does not count has to be placed again.
 *
 * Exact where no holder shares a backing store: a greatest flow shard → provider → domain → zone, by augmenting paths. With shared stores
 * the paths fork, and the greatest number would take a search without a bound: then what counts keeps the rule, and may be a shard
 * short where a shard has several holders. A set has at most 255 shards.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import type { FailureDomains } from './candidate.ts'
import { zoneOf } from './choose.ts'
import { domainLimit, type PlacementRule } from './rule.ts'

export interface HeldClaim extends FailureDomains {
  readonly index: number
  readonly peer: PeerId
}

type Level = keyof FailureDomains

const valueAt = (level: Level, one: FailureDomains): string | undefined => (level === 'zone' ? zoneOf(one) : one[level])

/** Levels that bind. */
const levelsOf = ({ bindsZones = false }: PlacementRule): readonly Level[] =>
  bindsZones ? ['domain', 'zone', 'store'] : ['domain', 'store']

/**
 * A greatest choice of claims that keeps the rule, each index once, in order of index. Where not all can count, those count whose
 * claims come first.
 */
export function countByRule<C extends HeldClaim>(claims: readonly C[], rule: PlacementRule): C[] {
  const isEachOnce = new Set(claims.map(({ index }) => index)).size === claims.length
  if (isEachOnce && keepsRule(claims, rule)) return claims.toSorted(inOrder)
  const limit = domainLimit(rule)
  const levels = levelsOf(rule)
  const byIndex = Map.groupBy(claims, ({ index }) => index)
  const chosen = new Map<PeerId, C>()
  const within = (level: Level, value: string): C[] => [...chosen.values()].filter((claim) => valueAt(level, claim) === value)

  /** Finds a place for a shard, moving others to another of their holders where that helps. */
  const settle = (index: number, seen: Seen): boolean =>
    (byIndex.get(index) ?? []).some((claim) => {
      if (seen.peers.has(claim.peer)) return false
      seen.peers.add(claim.peer)
      const kept = new Map(chosen)
      const before = chosen.get(claim.peer)
      if (before ? settle(before.index, seen) : makeRoomFor(claim, seen)) {
        chosen.set(claim.peer, claim)
        return true
      }
      chosen.clear()
      for (const [peer, one] of kept) chosen.set(peer, one)
      return false
    })

  /** Room at one level may have been made by filling another: so all are looked at again. */
  const makeRoomFor = (claim: C, seen: Seen): boolean => {
    const values = levels.flatMap((level) => {
      const value = valueAt(level, claim)
      return value === undefined ? [] : [[level, value] as const]
    })
    return (
      values.every(([level, value]) => makeRoom(level, value, seen)) &&
      values.every(([level, value]) => within(level, value).length < limit)
    )
  }

  const makeRoom = (level: Level, value: string, seen: Seen): boolean => {
    const others = within(level, value)
    if (others.length < limit) return true
    if (seen[level].has(value)) return false
    seen[level].add(value)
    return others.some((other) => {
      if (seen.peers.has(other.peer)) return false
      seen.peers.add(other.peer)
      if (!settle(other.index, seen)) return false
      if (chosen.get(other.peer) === other) chosen.delete(other.peer)
      return true
    })
  }

  for (const index of byIndex.keys()) settle(index, { peers: new Set(), domain: new Set(), zone: new Set(), store: new Set() })
  return [...chosen.values()].sort(inOrder)
}

const inOrder = (a: HeldClaim, b: HeldClaim): number => a.index - b.index

/** What a search has tried. */
interface Seen extends Readonly<Record<Level, Set<string>>> {
  readonly peers: Set<PeerId>
}

/** One more there keeps the rule. @param claims that keep it, none of them of the same provider */
export function hasPlaceFor(one: FailureDomains, claims: readonly HeldClaim[], rule: PlacementRule): boolean {
  const limit = domainLimit(rule)
  return levelsOf(rule).every((level) => {
    const value = valueAt(level, one)
    return value === undefined || claims.filter((claim) => valueAt(level, claim) === value).length < limit
  })
}

/** Nobody and nothing that binds holds too much, whatever of it counts: true of nearly every set, and cheap to see. */
export function keepsRule(claims: readonly HeldClaim[], rule: PlacementRule): boolean {
  const isWithin = (most: number, nameOf: (claim: HeldClaim) => string | undefined): boolean => {
    const counts = new Map<string, number>()
    for (const claim of claims) {
      const name = nameOf(claim)
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return [...counts.values()].every((count) => count <= most)
  }
  return isWithin(1, ({ peer }) => peer) && levelsOf(rule).every((level) => isWithin(domainLimit(rule), (claim) => valueAt(level, claim)))
}
