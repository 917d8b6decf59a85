/**
 * How many shards of a set count, given who holds what: one per provider, and per domain no more than the rule of `place` allows.
 *
 * After retries a provider may hold two shards of a set, or a domain too many; the loss of d domains would then take more than m.
 * What does not count has to be placed again.
 *
 * Exact: a greatest flow shard → provider → domain, by augmenting paths. A set has at most 255 shards.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import { domainLimit } from './place.ts'

export interface HeldClaim {
  readonly index: number
  readonly peer: PeerId
  readonly domain: string
}

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
  const inDomain = (domain: string): C[] => [...chosen.values()].filter((claim) => claim.domain === domain)

  /** Finds a place for a shard, moving others to another of their holders where that helps. */
  const settle = (index: number, seenPeers: Set<PeerId>, seenDomains: Set<string>): boolean =>
    (byIndex.get(index) ?? []).some((claim) => {
      if (seenPeers.has(claim.peer)) return false
      seenPeers.add(claim.peer)
      const before = chosen.get(claim.peer)
      if (before ? !settle(before.index, seenPeers, seenDomains) : !makeRoom(claim.domain, seenPeers, seenDomains)) return false
      chosen.set(claim.peer, claim)
      return true
    })

  const makeRoom = (domain: string, seenPeers: Set<PeerId>, seenDomains: Set<string>): boolean => {
    const others = inDomain(domain)
    if (others.length < limit) return true
    if (seenDomains.has(domain)) return false
    seenDomains.add(domain)
    return others.some((other) => {
      if (seenPeers.has(other.peer)) return false
      seenPeers.add(other.peer)
      if (!settle(other.index, seenPeers, seenDomains)) return false
      if (chosen.get(other.peer) === other) chosen.delete(other.peer)
      return true
    })
  }

  for (const index of byIndex.keys()) settle(index, new Set(), new Set())
  return [...chosen.values()].sort((a, b) => a.index - b.index)
}
