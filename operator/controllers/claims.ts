/**
 * Volume claims of a pool: which pod each belongs to, how large their volumes are, and growing them. Never removed here.
 *
 * @module
 */
import type { Claim } from '../healing/index.ts'
import { KINDS } from '../kube/index.ts'
import type { ControllerDeps, VolumeClaim } from './deps.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import { podNames } from './names.ts'
import type { PodPool, Pool } from './pool.ts'
import { amountOf, bytesOf } from './quantity.ts'
import { unlessRefused } from './refusal.ts'

const PREFIX = 'data-'

/** A StatefulSet names the claim of its pod `pool-0` `data-pool-0`. */
export const podOfClaim = (claim: string): string => (claim.startsWith(PREFIX) ? claim.slice(PREFIX.length) : claim)

export function claimsOf(instance: string, namespace: string, claims: readonly VolumeClaim[]): VolumeClaim[] {
  return claims.filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.['app.kubernetes.io/instance'] === instance)
}

export const sightOf = (claims: readonly VolumeClaim[]): Claim[] =>
  claims.map(({ metadata, status }) => ({ pod: podOfClaim(metadata.name), uid: metadata.uid ?? '', phase: status?.phase ?? 'Pending' }))

/** The claim of a pod as the server has it, not as the local copy does, which is behind, or blind to a lost label. */
export async function liveClaim(
  pod: string,
  namespace: string,
  { client }: ControllerDeps,
  signal: AbortSignal,
): Promise<VolumeClaim | undefined> {
  return await client.get<VolumeClaim>(KINDS.persistentVolumeClaim, { namespace, name: `${PREFIX}${pod}` }, { signal })
}

const requested = (claim: VolumeClaim | undefined): string | undefined => claim?.spec.resources?.requests?.['storage']

/**
 * Pod → size of its volume, where that is less than the pool wants: it grows, or may not. A pod that has no volume yet gets what the
 * StatefulSet was made with, which is known before it starts.
 */
export function smallerVolumes(
  { name, spec: { replicas, volume } }: PodPool,
  set: StatefulSet | undefined,
  claims: readonly VolumeClaim[],
): ReadonlyMap<string, string> {
  const template = set?.spec.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage']
  const claimOf = new Map(claims.map((claim) => [podOfClaim(claim.metadata.name), claim]))
  const wanted = bytesOf(volume.size)
  const sizes = podNames(name, Math.max(replicas, set?.spec.replicas ?? 0)).map((pod) => {
    const claim = claimOf.get(pod)
    return [pod, claim?.status?.capacity?.['storage'] ?? requested(claim) ?? template ?? volume.size] as const
  })
  return new Map(sizes.filter(([, size]) => (amountOf(size) ?? wanted) < wanted))
}

/** Claims that ask for less than the pool wants. Those that are not bound yet are passed over: Kubernetes lets none of them grow. */
export function claimsToGrow(size: string, claims: readonly VolumeClaim[]): VolumeClaim[] {
  return claims.filter((claim) => {
    const asked = requested(claim)
    const isBound = claim.status?.phase === 'Bound' && claim.metadata.deletionTimestamp === undefined
    return isBound && asked !== undefined && bytesOf(asked) < bytesOf(size)
  })
}

/**
 * Grows what it can. What one claim was refused is refused to all of its StorageClass: the others of it are not asked for until the next
 * try.
 * @returns why claims stay smaller than is wanted; undefined: none does. The pool goes on with what they have
 */
export async function growClaims(
  pool: Pool,
  claims: readonly VolumeClaim[],
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const storage = pool.spec.volume.size
  const refused = new Map<string, string>()
  let left = 0
  for (const { metadata, spec } of claimsToGrow(storage, claims)) {
    const { namespace, name } = metadata
    const { storageClassName = '' } = spec
    if (refused.has(storageClassName)) {
      left++
      continue
    }
    const patch = { spec: { resources: { requests: { storage } } } }
    const refusal = await unlessRefused(deps.client.merge(KINDS.persistentVolumeClaim, { namespace, name }, patch, { signal }))
    if (refusal === undefined) {
      deps.log.info('volume claim grows', { claim: name, size: storage })
      continue
    }
    left++
    refused.set(storageClassName, `${name} of StorageClass ${storageClassName || '(none)'}: ${refusal.message}`)
    deps.log.warn('a volume claim may not grow', { claim: name, size: storage, ...refusal })
  }
  const first = [...refused.values()].join(' ')
  return left === 0 ? undefined : `${left} of ${claims.length} volume claims stay smaller than spec.volume.size (${storage}). ${first}`
}
