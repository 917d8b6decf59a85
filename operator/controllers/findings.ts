/**
 * What is wrong with the providers of a network.
 *
 * @module
 */
import type { FleetProvider } from '@lunarx/wire'
import { detect, type Claim, type Finding } from '../healing/index.ts'
import { claimsOf, liveClaim, sightOf } from './claims.ts'
import type { ControllerDeps } from './deps.ts'
import type { Pool, Provider } from './pool.ts'

/** A volume that seems gone is looked for at the server itself, and what is found is judged once more with what it says. */
export async function findingsOf(
  { namespace, pools }: { readonly namespace: string; readonly pools: readonly Pool[] },
  fleet: readonly FleetProvider[],
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<Finding[]> {
  const members = pools.flatMap(({ owner }) => (owner as Provider).status?.members ?? [])
  const claims = pools.flatMap(({ name }) => sightOf(claimsOf(name, namespace, deps.cache.claims.list())))
  const sight = { members, claims, fleet }
  const doubted = new Map<string, Claim[]>()
  for (const { kind, name } of detect(sight)) {
    if (kind !== 'volume-gone' && kind !== 'removed') continue
    const live = await liveClaim(name, namespace, deps, signal)
    doubted.set(name, live === undefined ? [] : sightOf([live]))
  }
  return detect({ ...sight, claims: [...claims.filter(({ pod }) => !doubted.has(pod)), ...[...doubted.values()].flat()] })
}
