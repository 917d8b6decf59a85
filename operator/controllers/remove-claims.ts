/**
 * The end of a scale-down: volume claims of drained peers go once their pods are gone. What is on the volume then follows the reclaim
 * policy of its StorageClass, as for every claim that is deleted.
 *
 * Never a claim that anything is known to live on, and never one that is not the very one its peer was learned with.
 *
 * @module
 */
import { KINDS } from '../kube/index.ts'
import type { Shrink } from '../healing/index.ts'
import { claimsOf, podOfClaim } from './claims.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import type { ControllerDeps, Pod } from './deps.ts'
import type { Pool } from './pool.ts'

/** Asks the server itself whether StatefulSet and pod are gone this far: local copies may be a moment old. */
async function isPodGone(pod: string, { name, namespace }: Pool, { client }: ControllerDeps, signal: AbortSignal): Promise<boolean> {
  const live = await client.get<StatefulSet>(KINDS.statefulSet, { namespace, name }, { signal })
  const ordinal = Number(pod.slice(name.length + 1))
  if (live === undefined || (live.spec.replicas ?? 0) > ordinal) return false
  return (await client.get<Pod>(KINDS.pod, { namespace, name: pod }, { signal })) === undefined
}

export async function removeClaims(pool: Pool, { spent }: Shrink, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
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
