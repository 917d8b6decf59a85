/**
 * Volume claims of a pool: which pod each belongs to, and growing them. Never removed here.
 *
 * @module
 */
import type { Claim, Member } from '../healing/index.ts'
import { KINDS } from '../kube/index.ts'
import type { ControllerDeps, VolumeClaim } from './deps.ts'
import type { Pool } from './pool.ts'
import { bytesOf } from './quantity.ts'

const PREFIX = 'data-'

/** A StatefulSet names the claim of its pod `pool-0` `data-pool-0`. */
export const podOfClaim = (claim: string): string => (claim.startsWith(PREFIX) ? claim.slice(PREFIX.length) : claim)

export function claimsOf(instance: string, namespace: string, claims: readonly VolumeClaim[]): VolumeClaim[] {
  return claims.filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.['app.kubernetes.io/instance'] === instance)
}

export const sightOf = (claims: readonly VolumeClaim[]): Claim[] =>
  claims.map(({ metadata, status }) => ({ pod: podOfClaim(metadata.name), uid: metadata.uid ?? '', phase: status?.phase ?? 'Pending' }))

/** Asks the server whether the member's claim is still the one it was learned with. */
export async function holdsClaim(
  { name, claim }: Member,
  namespace: string | undefined,
  { client }: ControllerDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const live = await client.get<VolumeClaim>(KINDS.persistentVolumeClaim, { namespace, name: `${PREFIX}${name}` }, { signal })
  return live?.metadata.uid === claim && live.status?.phase !== 'Lost'
}

/** Claims that ask for less than the pool wants. */
export function claimsToGrow(size: string, claims: readonly VolumeClaim[]): VolumeClaim[] {
  return claims.filter(({ spec, metadata }) => {
    const requested = spec.resources?.requests?.['storage']
    return requested !== undefined && metadata.deletionTimestamp === undefined && bytesOf(requested) < bytesOf(size)
  })
}

export async function growClaims(pool: Pool, claims: readonly VolumeClaim[], deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const storage = pool.spec.volume.size
  for (const { metadata } of claimsToGrow(storage, claims)) {
    const { namespace, name } = metadata
    await deps.client.merge(
      KINDS.persistentVolumeClaim,
      { namespace, name },
      { spec: { resources: { requests: { storage } } } },
      { signal },
    )
    deps.log.info('volume claim grows', { claim: name, size: storage })
  }
}
