/**
 * Where the shards of a set go: at most ⌊m/d⌋ of them in one failure domain and in one backing store (m if d = 0), and in one zone if
 * zones bind, one per provider, only where there is room. Zones get equally many, as far as all that allows it.
 *
 * Exact: as many as any choice of providers can take. The order in which they are chosen is free (choose.ts): it is drawn with weights
 * (Efraimidis and Spirakis 2006, keys −ln(u)/w), so that providers fill evenly and busy ones get less. Where zones differ, those of a small one fill first.
 *
 * Never looks at time, liveness or standing: the caller offers only candidates that may be chosen.
 *
 * @module
 */
import { itemAt } from '../model/item.ts'
import type { Candidate, Placement, PlacementRequest } from './candidate.ts'
import { choose, type ChoosingRule } from './choose.ts'
import { domainLimit } from './rule.ts'

/** A provider at full load still gets a tenth of the share that its space would give it. */
const LOAD_WEIGHT = 0.9

/**
 * Places all of `wanted`, or refuses and says how many are short.
 *
 * @param candidates providers that may be chosen; those that hold a settled shard are left out here
 * @param random uniform in [0, 1)
 */
export function place(request: PlacementRequest, candidates: readonly Candidate[], random: () => number): Placement {
  const taken = new Set(request.settled.map((shard) => shard.peer))
  const known = [...candidates].filter((candidate) => !taken.has(candidate.peer)).sort(byPeer)
  const roomy = known.filter((candidate) => candidate.freeBytes >= request.shardBytes)
  const chosen = choose(choosing(request), drawOrder(roomy, random))
  const short = request.wanted.length - chosen.length
  if (short > 0) return { kind: 'refused', short, reason: reasonOf(request, known) }
  return { kind: 'placed', at: request.wanted.map((index, i) => ({ index, peer: itemAt(chosen, i).peer })) }
}

const choosing = (request: PlacementRequest): ChoosingRule => ({
  limit: domainLimit(request),
  bindsZones: request.bindsZones,
  settled: request.settled,
  wanted: request.wanted.length,
})

/** Weighted random order without replacement. */
function drawOrder(candidates: readonly Candidate[], random: () => number): Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, key: -Math.log(1 - random()) / weightOf(candidate) }))
    .sort((a, b) => a.key - b.key || byPeer(a.candidate, b.candidate))
    .map(({ candidate }) => candidate)
}

function weightOf({ freeBytes, load }: Candidate): number {
  return Math.max(1, freeBytes) * (1 - LOAD_WEIGHT * Math.min(1, Math.max(0, load)))
}

/** The first thing whose absence would be enough: space, then providers, then zones, then domains. */
function reasonOf(request: PlacementRequest, known: readonly Candidate[]): 'domains' | 'zones' | 'providers' | 'space' {
  const isEnough = (rule: ChoosingRule): boolean => choose(rule, known).length >= request.wanted.length
  if (isEnough(choosing(request))) return 'space'
  if (known.length < request.wanted.length) return 'providers'
  return request.bindsZones && isEnough({ ...choosing(request), bindsZones: false }) ? 'zones' : 'domains'
}

const byPeer = (a: Candidate, b: Candidate): number => (a.peer < b.peer ? -1 : a.peer > b.peer ? 1 : 0)
