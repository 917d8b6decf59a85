/**
 * The end of a drain: volume claims of drained peers go once their pods are gone; of those whose pods stay, claim and pod are made anew.
 * Claims of verifiers go with their pods. What is on the volume then follows the reclaim policy of its StorageClass, as for every claim
 * that is deleted.
 *
 * Never a claim that anything is known to live on, and never one that is not the very one its peer was learned with.
 *
 * @module
 */
import { KINDS, type KubeObject } from '../kube/index.ts'
import { ordinalOf, type Member, type Shrink } from '../healing/index.ts'
import { claimsOf, podOfClaim } from './claims.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import type { ControllerDeps, Pod, VolumeClaim } from './deps.ts'
import { HANDED_OVER_ANNOTATION } from './names.ts'
import type { Pool, Verifiers } from './pool.ts'

type Place = Pick<Pool, 'name' | 'namespace'>

/** Asks the server itself whether StatefulSet and pod are gone this far: local copies may be a moment old. */
async function isPodGone(pod: string, { name, namespace }: Place, { client }: ControllerDeps, signal: AbortSignal): Promise<boolean> {
  const live = await client.get<StatefulSet>(KINDS.statefulSet, { namespace, name }, { signal })
  const ordinal = Number(pod.slice(name.length + 1))
  if (live === undefined || (live.spec.replicas ?? 0) > ordinal) return false
  return (await client.get<Pod>(KINDS.pod, { namespace, name: pod }, { signal })) === undefined
}

/** @returns false: its pod is not gone yet, or it is being removed already */
async function removeAfterPod(
  { metadata: { name, namespace, uid, deletionTimestamp } }: VolumeClaim,
  pool: Place,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<boolean> {
  if (deletionTimestamp !== undefined || !(await isPodGone(podOfClaim(name), pool, deps, signal))) return false
  await deps.client.remove(KINDS.persistentVolumeClaim, { namespace, name }, { uid, signal })
  deps.log.info('volume claim of a pod that is not wanted any more removed', { claim: name })
  return true
}

/** The StatefulSet makes both anew. Claim first: the pod would come back on it otherwise. */
async function renew({ name, claim }: Member, pool: Pool, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { namespace, owner } = pool
  const { client, cache, events, log } = deps
  if (cache.claims.get(namespace, `data-${name}`)?.metadata.uid !== claim) return
  const pod = cache.pods.get(namespace, name)
  await client.remove(KINDS.persistentVolumeClaim, { namespace, name: `data-${name}` }, { uid: claim, signal })
  if (pod !== undefined && pod.metadata.deletionTimestamp === undefined)
    await client.remove(KINDS.pod, { namespace, name }, { uid: pod.metadata.uid, signal })
  log.info('a drained provider starts anew', { pod: name })
  const message = `${name} held nothing that is needed any more: it starts again on an empty volume, as was asked.`
  await events.record(owner, { type: 'Normal', reason: 'Drained', message })
}

export async function removeClaims(pool: Pool, { spent, emptied }: Shrink, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  for (const member of emptied) await renew(member, pool, deps, signal)
  if (spent.length === 0) return
  for (const claim of claimsOf(pool.name, pool.namespace, deps.cache.claims.list())) {
    const pod = podOfClaim(claim.metadata.name)
    const isSpent = spent.some((member) => member.name === pod && member.claim === claim.metadata.uid)
    if (!isSpent || !(await removeAfterPod(claim, pool, deps, signal))) continue
    const message = `${pod} held nothing that is needed any more: its pod and its volume claim are removed.`
    await deps.events.record(pool.owner, { type: 'Normal', reason: 'Drained', message })
  }
}

/** So that its volume claim is removed after the pod, whichever operator does it. */
export async function markClaim(pod: string, { namespace }: Pool, { client, cache }: ControllerDeps, signal: AbortSignal): Promise<void> {
  const claim = cache.claims.get(namespace, `data-${pod}`)
  if (claim === undefined || isMarked(claim)) return
  const metadata = { annotations: { [HANDED_OVER_ANNOTATION]: 'true' } }
  await client.merge(KINDS.persistentVolumeClaim, { namespace, name: claim.metadata.name }, { metadata }, { signal })
}

const isMarked = ({ metadata }: KubeObject): boolean => metadata.annotations?.[HANDED_OVER_ANNOTATION] === 'true'

/** Claims of trackers that have handed over what they had. A mark of one whose pod is to stay after all is taken off. */
export async function removeMarkedClaims(pool: Pool, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  for (const claim of claimsOf(pool.name, pool.namespace, deps.cache.claims.list()).filter(isMarked)) {
    const { name, namespace } = claim.metadata
    const pod = podOfClaim(name)
    if ((ordinalOf(pod, pool.name) ?? 0) < pool.spec.replicas) {
      const metadata = { annotations: { [HANDED_OVER_ANNOTATION]: null } }
      await deps.client.merge(KINDS.persistentVolumeClaim, { namespace, name }, { metadata }, { signal })
      continue
    }
    if (!(await removeAfterPod(claim, pool, deps, signal))) continue
    const message = `${pod} has handed over everything it had: its pod and its volume claim are removed.`
    await deps.events.record(pool.owner, { type: 'Normal', reason: 'Drained', message })
  }
}

/**
 * Claims of verifiers that are not wanted any more: each has a key, which nobody needs. Kubernetes could do it (`whenScaled: Delete`), but
 * only with pods that are there when the StatefulSet gets smaller: the claim of one that was just being replaced would stay for good.
 */
export async function removeClaimsOfVerifiers(verifiers: Verifiers, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { name, namespace, spec } = verifiers
  for (const claim of claimsOf(name, namespace, deps.cache.claims.list())) {
    // a pool of this name may have left claims behind
    const isOfVerifier = claim.metadata.labels?.['app.kubernetes.io/component'] === 'verifier'
    const ordinal = ordinalOf(podOfClaim(claim.metadata.name), name)
    if (isOfVerifier && ordinal !== undefined && ordinal >= spec.replicas) await removeAfterPod(claim, verifiers, deps, signal)
  }
}
