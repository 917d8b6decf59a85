/**
 * Rollouts, acted upon. StatefulSets replace nothing by themselves (OnDelete); the pod that is to go next is evicted, so that the
 * disruption budget has the last word, also where somebody drains a node at this moment.
 *
 * @module
 */
import { planRollout, TAKEN_DOWN_MS, type Fleet, type Rollout, type RowEpoch, type RunningPod } from '../healing/index.ts'
import { KINDS } from '../kube/index.ts'
import { isLeftAlone } from './act.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import type { ControllerDeps, Pod } from './deps.ts'
import type { Answering } from './look.ts'
import { CONFIG_ANNOTATION, podNames } from './names.ts'
import { isPodReady } from './pod-cause.ts'
import type { Pool } from './pool.ts'
import { tellOfMaintenance } from './tell-maintenance.ts'

export interface RolloutStep {
  /** Trackers, then providers. */
  readonly pools: readonly Pool[]
  readonly fleet: Fleet | undefined
  readonly trackers: { readonly desired: number; readonly answering: readonly Answering[] }
  readonly epoch: RowEpoch
  /** A tracker that the configuration names no more. */
  readonly leftOut?: string | undefined
}

interface GoingPod extends RunningPod {
  readonly pool: Pool
}

/** What a person asked a pod to be: its image, and the fingerprint of its configuration. */
interface Asked {
  readonly image: string | undefined
  readonly config: string | undefined
}

/** Undefined: the StatefulSet controller has not seen the last change yet, and would make the old pod again. */
export function askedOfSet({ metadata, spec, status }: StatefulSet): Asked | undefined {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return undefined
  const { metadata: template, spec: pod } = spec.template ?? {}
  return { image: pod?.containers?.[0]?.image, config: template?.annotations?.[CONFIG_ANNOTATION] }
}

/**
 * A pod is outdated when it was asked to be another one. The revision of the StatefulSet says something else: it also changes when a new
 * operator words its pods another way, which is no reason to restart any.
 */
export function runningPod({ metadata, spec, ...pod }: Pod, component: Pool['component'], wanted: Asked | undefined): RunningPod {
  const isAsAsked =
    wanted === undefined || (metadata.annotations?.[CONFIG_ANNOTATION] === wanted.config && spec?.containers?.[0]?.image === wanted.image)
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    component,
    isOutdated: !isAsAsked,
    isReady: isPodReady({ metadata, ...pod }),
    isLeaving: metadata.deletionTimestamp !== undefined,
  }
}

/** Audits are not to count its silence: said before the pod goes, and not where the budget keeps it. No rollout fails with it. */
async function announce({ name, uid, pool }: GoingPod, { fleet, trackers }: RolloutStep, deps: ControllerDeps, signal: AbortSignal) {
  const peers = fleet?.providers.filter((one) => one.name === name && one.state === 'alive' && !one.declaredLost) ?? []
  if (fleet?.audits === undefined || peers.length === 0) return
  try {
    if (!(await deps.client.evict({ namespace: pool.namespace, name }, { uid, isDryRun: true, signal }))) return
  } catch (error) {
    signal.throwIfAborted()
    deps.log.warn('nobody says whether a pod may go: no maintenance is declared', { pod: name, error })
    return
  }
  await tellOfMaintenance(new Map(peers.map(({ peer }) => [peer, TAKEN_DOWN_MS])), trackers.answering, deps, signal)
}

export async function rollOut(step: RolloutStep, deps: ControllerDeps, signal: AbortSignal): Promise<Rollout> {
  const { cache, client, log } = deps
  const pods: GoingPod[] = []
  const missing: string[] = []
  for (const pool of step.pools) {
    const set = cache.statefulSets.get(pool.namespace, pool.name)
    if (set === undefined) continue
    const wanted = isLeftAlone(pool.owner, deps.settings) ? undefined : askedOfSet(set)
    for (const name of podNames(pool.name, set.spec.replicas ?? 0)) {
      const live = cache.pods.get(pool.namespace, name)
      if (live === undefined) missing.push(name)
      else pods.push({ ...runningPod(live, pool.component, wanted), pool })
    }
  }
  const { desired, answering } = step.trackers
  const plan = planRollout({ ...step, trackers: { desired, reachable: answering.length }, pods, missing })
  if (plan.kind !== 'replace') return plan
  for (const { name, uid } of plan.pods) {
    const pod = pods.find((one) => one.uid === uid)
    if (pod === undefined) continue
    const place = { namespace: pod.pool.namespace, name }
    if (plan.how === 'evict') await announce(pod, step, deps, signal)
    const isGoing =
      plan.how === 'evict' ? await client.evict(place, { uid, signal }) : await client.remove(KINDS.pod, place, { uid, signal })
    log.info(isGoing ? 'pod is replaced by its new revision' : 'the disruption budget keeps a pod for now', { pod: name, how: plan.how })
  }
  return plan
}
