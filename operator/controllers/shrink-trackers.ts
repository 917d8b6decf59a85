/**
 * Scale-down of trackers: which of them the configuration names, and how far the one has come that it names no more. Pods and claims go
 * with their pool (`reconcile-pool.ts`), by the answer that is kept here.
 *
 * @module
 */
import type { SignKey } from '@lunarx/core/crypto'
import { networkConfigSchema } from '@lunarx/core/membership'
import { lunarNetworkSpec } from '../api/index.ts'
import {
  judgeLeave,
  namedReplicas,
  ordinalOf,
  planTrackers,
  type Leave,
  type NextTracker,
  type Rollout,
  type TrackerPoolSize,
  type TrackersPlan,
} from '../healing/index.ts'
import { isLeftAlone } from './act.ts'
import { rowSurvive } from './children/network-children.ts'
import { claimsOf, podOfClaim } from './claims.ts'
import type { ControllerDeps } from './deps.ts'
import { askPods, type Answering } from './look.ts'
import { clientConfigName, HANDED_OVER_ANNOTATION, podHost, podNames } from './names.ts'
import { isBeingDeleted, type LunarNetwork, type Pool } from './pool.ts'

/** What was judged of a pool of trackers that is too large, for as many as are wanted. */
export interface TrackerShrink {
  /** The question that this answers. */
  readonly wanted: number
  /** Pods that there must be. */
  readonly needed: number
  readonly refusal?: TrackersPlan['refusal']
  /** The pod that goes next, where it is one of this pool. */
  readonly leave?: Leave
}

export interface NamedTrackers {
  /** The pools, each with as many replicas as the configuration is to name. */
  readonly named: readonly Pool[]
  /** The pools as they are wanted. */
  readonly wanted: readonly Pool[]
  readonly plan: TrackersPlan
}

/** Pods that volumes are there for, those left out that have handed over what they had. */
const podsOnVolumes = ({ name, namespace }: Pool, { cache }: ControllerDeps): number =>
  claimsOf(name, namespace, cache.claims.list())
    .filter(({ metadata }) => metadata.annotations?.[HANDED_OVER_ANNOTATION] !== 'true')
    .reduce((most, { metadata }) => Math.max(most, (ordinalOf(podOfClaim(metadata.name), name) ?? -1) + 1), 0)

/** Of a pool that is being deleted, a StatefulSet that went first comes back with the pods that its volumes belong to. */
function liveOf(pool: Pool, deps: ControllerDeps): number {
  const set = deps.cache.statefulSets.get(pool.namespace, pool.name)
  if (set?.spec.replicas !== undefined) return set.spec.replicas
  const stated = (pool.owner.status as { readonly replicas?: number } | undefined)?.replicas ?? 0
  return isBeingDeleted(pool.owner) ? Math.max(stated, podsOnVolumes(pool, deps)) : stated
}

const sizeOf = (pool: Pool, deps: ControllerDeps): TrackerPoolSize => ({
  name: pool.name,
  wanted: pool.spec.replicas,
  live: liveOf(pool, deps),
})

/** Hosts that the configuration in force names; undefined: there is none that can be read. */
function hostsInForce({ metadata: { name, namespace } }: LunarNetwork, { cache }: ControllerDeps): ReadonlySet<string> | undefined {
  const text = cache.configMaps.get(namespace, clientConfigName(name))?.data?.['network.json']
  if (text === undefined) return undefined
  try {
    return new Set(networkConfigSchema.parse(JSON.parse(text)).trackers.map(({ host }) => host))
  } catch {
    return undefined
  }
}

function planOf(network: LunarNetwork, pools: readonly Pool[], deps: ControllerDeps): TrackersPlan {
  const spec = lunarNetworkSpec.safeParse(network.spec)
  if (!spec.success) return {}
  const hosts = hostsInForce(network, deps)
  const isNamed = (pod: string): boolean => {
    const pool = pools.find(({ name }) => pod.startsWith(`${name}-`) && /^\d+$/.test(pod.slice(name.length + 1)))
    return hosts === undefined || pool === undefined || hosts.has(podHost(pod, pool.name, pool.namespace))
  }
  return planTrackers({ pools: pools.map((pool) => sizeOf(pool, deps)), copies: 2 * rowSurvive(spec.data) + 1, isNamed })
}

/** That a tracker has handed over is forgotten as soon as it is named again: from then on it takes part. */
export function nameTrackers(network: LunarNetwork, pools: readonly Pool[], deps: ControllerDeps): NamedTrackers {
  const plan = planOf(network, pools, deps)
  const named = pools.map((pool): Pool => {
    const uid = pool.owner.metadata.uid ?? ''
    const judged = deps.observatory.trackerShrink(uid, pool.spec.replicas)
    const begins = plan.next !== undefined && judged?.leave?.pod === plan.next.pod && judged.leave.mayBeLeftOut
    const replicas = namedReplicas(sizeOf(pool, deps), plan, begins)
    if (replicas >= liveOf(pool, deps) && judged?.leave?.isHandedOver === true) deps.observatory.seeTrackerShrink(uid, undefined)
    return pool.component === 'tracker' ? { ...pool, spec: { ...pool.spec, replicas } } : pool
  })
  return { named, wanted: pools, plan }
}

/** The tracker that the configuration names no more, if it answers. */
export async function askLeaving(
  network: string,
  key: SignKey,
  { wanted, plan: { next } }: NamedTrackers,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<Answering[]> {
  const pool = wanted.find(({ name }) => name === next?.pool)
  if (next?.isLeftOut !== true || pool === undefined) return []
  return await askPods(network, key, [{ pod: next.pod, pool }], deps, signal)
}

export interface JudgedTrackers {
  /** Answers of the trackers that are named, and of the one that is leaving. */
  readonly trackers: readonly Answering[]
  readonly rollout: Rollout
}

/** Judges every pool that is too large, and remembers the answers for their own reconciliation. */
export function judgeTrackers({ named, wanted, plan }: NamedTrackers, { trackers, rollout }: JudgedTrackers, deps: ControllerDeps): void {
  const { observatory, log, settings } = deps
  const staying = named.flatMap(({ name, spec }) => podNames(name, spec.replicas)).filter((pod) => pod !== plan.next?.pod)
  for (const pool of wanted) {
    const uid = pool.owner.metadata.uid ?? ''
    const live = liveOf(pool, deps)
    if (pool.spec.replicas >= live || isLeftAlone(pool.owner, settings)) {
      observatory.seeTrackerShrink(uid, undefined)
      continue
    }
    const leave = leaveOf(pool, plan.next, staying, { trackers, rollout })
    if (leave?.isHandedOver === true) log.info('a tracker has handed over what it had', { pod: leave.pod })
    observatory.seeTrackerShrink(uid, {
      wanted: pool.spec.replicas,
      needed: leave?.isHandedOver === true ? live - 1 : live,
      ...(plan.refusal && { refusal: plan.refusal }),
      ...(leave && { leave }),
    })
  }
}

function leaveOf(
  { name }: Pool,
  next: NextTracker | undefined,
  staying: readonly string[],
  { trackers, rollout }: JudgedTrackers,
): Leave | undefined {
  if (next?.pool !== name) return undefined
  return judgeLeave({ next, staying, words: trackers.map(({ status }) => status), rollout })
}
