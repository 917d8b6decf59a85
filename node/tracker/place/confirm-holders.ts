/**
 * Which shards of a set are durable with whom, asked of the holders themselves just now. What they say becomes statements of the
 * map; who does not answer changes nothing.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { hexOf } from '@lunarx/core/model'
import { countByRule, type PlacementRule } from '@lunarx/core/placement'
import type { AskTogether } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { TrackerMap } from '../map/index.ts'

/** Somebody may hold this shard. */
export interface Claim {
  readonly index: number
  readonly peer: PeerId
}

export interface ConfirmDeps {
  readonly together: AskTogether
  readonly fleet: Fleet
  readonly map: TrackerMap
}

/** The claims that hold, in order of index. */
export async function confirmHolders(
  segment: Uint8Array,
  claims: readonly Claim[],
  { together, fleet, map }: ConfirmDeps,
  signal: AbortSignal,
): Promise<Claim[]> {
  const byPeer = new Map<PeerId, Set<number>>()
  for (const { index, peer } of claims) byPeer.set(peer, (byPeer.get(peer) ?? new Set()).add(index))
  const confirmed = await Promise.all(
    [...byPeer].map(async ([peer, indices]): Promise<Claim[]> => {
      const standing = fleet.standing(peer)
      if (!standing || standing.state === 'lost') return []
      const shards = [...indices].map((index) => ({ segment, index }))
      using question = map.statements.question(peer, shards)
      try {
        const told = await Promise.allSettled(shards.map((shard) => together.confirm(standing.address, shard, signal)))
        signal.throwIfAborted()
        const isTold = (i: number, held: boolean): boolean => told[i]?.status === 'fulfilled' && told[i].value === held
        await map.statements.deny(
          question,
          shards.filter((_, i) => isTold(i, false)), // of what it fails to answer a provider confirms and denies nothing
        )
        return shards.flatMap(({ index }, i) => (isTold(i, true) ? [{ index, peer }] : []))
      } catch {
        signal.throwIfAborted()
        return []
      }
    }),
  )
  const held = confirmed.flat().sort((a, b) => a.index - b.index)
  await map.statements.affirm(held.map(({ index, peer }) => ({ segment, index, peer })))
  const condemned = map.statements.holders(hexOf(segment)).filter(({ isCondemned }) => isCondemned)
  return held.filter(({ index, peer }) => !condemned.some((holder) => holder.index === index && holder.peer === peer))
}

/** Claims of the map on a set: what providers said, but for shards known to be wrong. */
export function statedClaims(segment: Uint8Array, map: TrackerMap): Claim[] {
  return map.statements
    .holders(hexOf(segment))
    .filter((holder) => !holder.isCondemned)
    .map(({ index, peer }) => ({ index, peer }))
}

/** The set was placed by another tracker, or before a restart: every provider that could have been chosen may hold these. */
export function anyClaims(indices: readonly number[], { fleet }: Pick<ConfirmDeps, 'fleet'>): Claim[] {
  if (indices.length === 0) return []
  return fleet
    .storing()
    .slice(0, TRACKER_LIMITS.confirmProviders)
    .flatMap(({ peer }) => indices.map((index) => ({ index, peer })))
}

/** Confirmed claims that count by the domain rule; those that come first are preferred. In order of index. */
export function countClaims(confirmed: readonly Claim[], rule: PlacementRule, fleet: Pick<Fleet, 'domainsOf'>): Claim[] {
  return countByRule(
    confirmed.map((claim) => ({ ...claim, ...fleet.domainsOf(claim.peer) })),
    rule,
  )
}
