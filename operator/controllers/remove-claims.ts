/**
 * The end of a drain: volume claims of drained peers go once their pods are gone; of those whose pods stay, claim and pod are made anew. What is on the volume then follows the reclaim
 * policy of its StorageClass, as for every claim that is deleted.
 *
 * Never a claim that anything is known to live on, and never one that is not the very one its peer was learned with.
 *
 * @module
 */
import { KINDS, type KubeObject } from '../kube/index.ts'
import { ordinalOf, type Member, type Shrink } from '../healing/index.ts'
import { claimsOf, podOfClaim } from './claims.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import type { ControllerDeps, Pod } from './deps.ts'
import { HANDED_OVER_ANNOTATION } from './names.ts'
import type { Pool } from './pool.ts'

/** Asks the server itself whether StatefulSet and pod are gone this far: local copies may be a moment old. */
async function isPodGone(pod: string, { name, namespace }: Pool, { client }: ControllerDeps, signal: AbortSignal): Promise<boolean> {
  const live = await client.get<StatefulSet>(KINDS.statefulSet, { namespace, name }, { signal })
  const ordinal = Number(pod.slice(name.length + 1))
  if (live === undefined || (live.spec.replicas ?? 0) > ordinal) return false
  return (await client.get<Pod>(KINDS.pod, { namespace, name: pod }, { signal })) === undefined
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
  for (const { metadata } of claimsOf(pool.name, pool.namespace, deps.cache.claims.list())) {
    const { name, namespace, uid, deletionTimestamp } = metadata
    const pod = podOfClaim(name)
    const isSpent = deletionTimestamp === undefined && spent.some((member) => member.name === pod && member.claim === uid)
    if (!isSpent || !(await isPodGone(pod, pool, deps, signal))) continue
    await deps.client.remove(KINDS.persistentVolumeClaim, { namespace, name }, { uid, signal })
    deps.log.info('volume claim of a drained provider removed', { claim: name })
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
    const { name, namespace, uid, deletionTimestamp } = claim.metadata
    const pod = podOfClaim(name)
    if ((ordinalOf(pod, pool.name) ?? 0) < pool.spec.replicas) {
      const metadata = { annotations: { [HANDED_OVER_ANNOTATION]: null } }
      await deps.client.merge(KINDS.persistentVolumeClaim, { namespace, name }, { metadata }, { signal })
      continue
    }
    if (deletionTimestamp !== undefined || !(await isPodGone(pod, pool, deps, signal))) continue
    await deps.client.remove(KINDS.persistentVolumeClaim, { namespace, name }, { uid, signal })
    deps.log.info('volume claim of a tracker that has left removed', { claim: name })
    const message = `${pod} has handed over everything it had: its pod and its volume claim are removed.`
    await deps.events.record(pool.owner, { type: 'Normal', reason: 'Drained', message })
  }
}
