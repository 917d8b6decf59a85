/**
 * How many shards of a set count, given who holds what: one per provider, and per domain and backing store no more than the rule of
 * `place` allows.
 *
 * After retries a provider may hold two shards of a set, or a domain too many; the loss of d domains would then take more than m.
 * What does not count has to be placed again.
 *
 * Exact where no holder shares a backing store: a greatest flow shard → provider → domain, by augmenting paths. With shared stores
 * the paths fork, and the greatest number would take a search without a bound: then what counts keeps the rule, and may be a shard
 * short where a shard has several holders. A set has at most 255 shards.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import type { FailureDomains } from './candidate.ts'
import { domainLimit } from './place.ts'

export interface HeldClaim extends FailureDomains {
  readonly index: number
  readonly peer: PeerId
}

type Level = keyof FailureDomains

/**
 * A greatest choice of claims that keeps the rule, each index once, in order of index. Where not all can count, those count whose
 * claims come first.
 */
export function countByRule<C extends HeldClaim>(
  claims: readonly C[],
  { parity, survive }: { readonly parity: number; readonly survive: number },
): C[] {
  const limit = domainLimit(parity, survive)
  const byIndex = Map.groupBy(claims, ({ index }) => index)
  const chosen = new Map<PeerId, C>()
  const within = (level: Level, value: string): C[] => [...chosen.values()].filter((claim) => claim[level] === value)

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

  /** Room in the store may have been made by filling the domain: so the domain is looked at again. */
  const makeRoomFor = ({ domain, store }: C, seen: Seen): boolean =>
    makeRoom('domain', domain, seen) && (store === undefined || (makeRoom('store', store, seen) && within('domain', domain).length < limit))

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

  for (const index of byIndex.keys()) settle(index, { peers: new Set(), domain: new Set(), store: new Set() })
  return [...chosen.values()].sort((a, b) => a.index - b.index)
}

/** What a search has tried. */
interface Seen extends Readonly<Record<Level, Set<string>>> {
  readonly peers: Set<PeerId>
}
