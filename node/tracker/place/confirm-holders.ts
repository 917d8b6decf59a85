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
import type { Fleet, Standing } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { StatedShard, TrackerMap } from '../map/index.ts'

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
  const asked = askable(segment, claims, fleet)
  using question = map.statements.question(asked)
  const told = await Promise.allSettled(asked.map(({ index, address }) => together.confirm(address, { segment, index }, signal)))
  signal.throwIfAborted()
  // of what it fails to answer a provider confirms and denies nothing
  const said = (held: boolean): Asked[] => asked.filter((_, i) => told[i]?.status === 'fulfilled' && told[i].value === held)
  await map.statements.deny(question, said(false)).catch(() => signal.throwIfAborted()) // it will be denied again
  const held = said(true).map(({ index, peer }): Claim => ({ index, peer }))
  held.sort((a, b) => a.index - b.index)
  await map.statements.affirm(held.map(({ index, peer }) => ({ segment, index, peer })))
  const condemned = map.statements.holders(hexOf(segment)).filter(({ isCondemned }) => isCondemned)
  return held.filter(({ index, peer }) => !condemned.some((holder) => holder.index === index && holder.peer === peer))
}

interface Asked extends StatedShard {
  readonly address: Standing['address']
}

/** Each claim once, if anybody is there to be asked. */
function askable(segment: Uint8Array, claims: readonly Claim[], fleet: Fleet): Asked[] {
  const seen = new Map<PeerId, Set<number>>()
  return claims.flatMap(({ index, peer }) => {
    const indices = seen.get(peer) ?? new Set()
    seen.set(peer, indices)
    const standing = indices.has(index) ? undefined : fleet.standing(peer)
    indices.add(index)
    return standing && standing.state !== 'lost' ? [{ segment, index, peer, address: standing.address }] : []
  })
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
