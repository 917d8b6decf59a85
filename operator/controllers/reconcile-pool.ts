/**
 * Tracker or Provider → ServiceAccount, Service, ConfigMap, StatefulSet, status. Level-based: reads the whole world, never asks
 * which event woke it. Removes a pod only once it is drained (`healing/shrink.ts`), and its volume claim after it.
 *
 * @module
 */
import { hasCode } from '@lunarx/core/model'
import { ZodError } from 'zod'
import { lunarNetworkSpec } from '../api/index.ts'
import { isDrained, learnMembers, type Member, type Shrink } from '../healing/index.ts'
import { KINDS, type Informer, type Outcome } from '../kube/index.ts'
import { applyChild, isLeftAlone, writeStatus } from './act.ts'
import { applyChildren } from './apply-children.ts'
import { trackerBudget } from './children/service.ts'
import { statefulSet, type StatefulSet, type StatefulSetOptions } from './children/stateful-set.ts'
import { claimsOf, growClaims, sightOf } from './claims.ts'
import { sha256Of, type ControllerDeps } from './deps.ts'
import { exposePods, lookOutside } from './expose.ts'
import { judgeChild, withFingerprint } from './meant.ts'
import { DELETING_AGAIN_MS, holdUntilDrained, isLetGo, removeDrained } from './delete-pool.ts'
import { clientConfigName, controllerOf, networkId } from './names.ts'
import { findTrouble } from './pod-trouble.ts'
import { podsOf } from './pods-of.ts'
import {
  isBeingDeleted,
  LUNAR_KINDS,
  providerPool,
  trackerPool,
  type LunarNetwork,
  type Pool,
  type PoolNetwork,
  type Provider,
} from './pool.ts'
import { markClaim, removeClaims, removeMarkedClaims } from './remove-claims.ts'
import type { TrackerShrink } from './shrink-trackers.ts'
import { poolStatus, type Obstacle, type PoolSight } from './pool-status.ts'
import { areVerifiersAwaited, verifiersTrouble } from './verifiers-ready.ts'
import { buildVerifiers, lookAtVerifiers } from './verifiers.ts'

type Wanted = { readonly network: PoolNetwork; readonly networkText: string } | { readonly obstacle: Obstacle }

/** After a refusal: quotas and node ports become free without a word. And while verifiers are awaited, so that it is told when they fail to come. */
const AGAIN_MS = 30_000

/** What the pool is built from, or why it cannot be. */
function prepare(pool: Pool, owner: LunarNetwork | undefined, deps: ControllerDeps): Wanted {
  const name = pool.spec.network
  if (owner === undefined)
    return { obstacle: { reason: 'NetworkNotFound', message: `There is no LunarNetwork ${name} in namespace ${pool.namespace}.` } }
  const spec = lunarNetworkSpec.safeParse(owner.spec)
  const networkText = deps.cache.configMaps.get(pool.namespace, clientConfigName(name))?.data?.['network.json']
  if (!spec.success || networkText === undefined)
    return { obstacle: { reason: 'NetworkNotReady', message: `LunarNetwork ${name} has no client configuration yet: see its conditions.` } }
  return { network: { name, spec: spec.data }, networkText }
}

/** The network owns its pools: deleting it deletes them, and their pods; volumes stay. */
async function adopt({ owner, component }: Pool, network: LunarNetwork, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { name, namespace, uid, ownerReferences = [] } = owner.metadata
  if (ownerReferences.some((reference) => reference.uid === network.metadata.uid)) return
  const metadata = { name, ...(namespace && { namespace }), ...(uid && { uid }), ownerReferences: [controllerOf(network)] }
  await deps.client.apply(LUNAR_KINDS[component], { apiVersion: owner.apiVersion, kind: owner.kind, metadata }, { signal })
}

/** What could not be made, and why; the pool goes on without it. */
interface Refusals {
  /** Pods cannot be reached from outside. */
  readonly outside?: string | undefined
  readonly verifiers?: string | undefined
}

async function build(pool: Pool, network: PoolNetwork, networkText: string, deps: ControllerDeps, signal: AbortSignal): Promise<Refusals> {
  const { cache, settings } = deps
  const configFingerprint = await applyChildren(pool, network, networkText, deps, signal)
  if (pool.component === 'tracker') await applyChild(cache.budgets, trackerBudget(pool, network), deps, signal)
  const shrink = shrinkOf(pool, deps)
  const trackerShrink = trackerShrinkOf(pool, deps)
  if (trackerShrink?.leave?.isHandedOver === true) await markClaim(trackerShrink.leave.pod, pool, deps, signal)
  const needed = (pool.component === 'tracker' ? trackerShrink : shrink)?.needed
  await applySet(pool, network, { fallbackImage: settings.nodeImage, configFingerprint, needed }, deps, signal)
  await growClaims(pool, claimsOf(pool.name, pool.namespace, cache.claims.list()), deps, signal)
  if (shrink !== undefined) await removeClaims(pool, shrink, deps, signal)
  if (pool.component === 'tracker') await removeMarkedClaims(pool, deps, signal)
  const outside = await exposePods(pool, network, deps, signal)
  return { outside, verifiers: await buildVerifiers(pool, network, networkText, deps, signal) }
}

/** Which pods may go; undefined: not judged yet, or a pool of trackers. */
const shrinkOf = ({ owner, spec }: Pool, { observatory }: ControllerDeps): Shrink | undefined =>
  observatory.shrink(owner.metadata.uid ?? '', spec.replicas)
const trackerShrinkOf = ({ owner, spec }: Pool, { observatory }: ControllerDeps): TrackerShrink | undefined =>
  observatory.trackerShrink(owner.metadata.uid ?? '', spec.replicas)

/** Replicas go down only as far as nothing is needed, so they are judged by the server's own StatefulSet: the local copy may be a moment old. */
async function applySet(
  pool: Pool,
  network: PoolNetwork,
  options: StatefulSetOptions,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = pool
  const informer = deps.cache.statefulSets as unknown as Informer
  const fingerprint = sha256Of(deps.crypto)
  const copy = deps.cache.statefulSets.get(namespace, name)
  if (judgeChild(copy, withFingerprint(statefulSet(pool, network, copy, options), fingerprint)) === 'keep') return
  const live = await deps.client.get<StatefulSet>(KINDS.statefulSet, { namespace, name }, { signal })
  if (live?.spec.updateStrategy?.rollingUpdate !== undefined) await forgetRollingUpdate(pool, deps, signal)
  await applyChild(informer, statefulSet(pool, network, live, options), deps, signal)
}

/** An older operator left it to the StatefulSet; what the server filled in for that is refused beside OnDelete, and nobody's to take back. */
async function forgetRollingUpdate({ namespace, name }: Pool, { client }: ControllerDeps, signal: AbortSignal): Promise<void> {
  const spec = { updateStrategy: { type: 'OnDelete', rollingUpdate: null } }
  await client.merge(KINDS.statefulSet, { namespace, name }, { spec }, { signal })
}

async function observe(
  pool: Pool,
  network: PoolNetwork | undefined,
  { obstacle, refusals }: { readonly obstacle: Obstacle | undefined; readonly refusals: Refusals },
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<PoolSight> {
  const { cache, observatory, clock } = deps
  const { name, namespace } = pool
  const fleet = observatory.fleet(networkId(namespace, pool.spec.network))
  const before: readonly Member[] = pool.component === 'provider' ? ((pool.owner as Provider).status?.members ?? []) : []
  const pods = podsOf(pool, deps)
  const claims = sightOf(claimsOf(name, namespace, cache.claims.list()))
  return {
    pool,
    obstacle,
    set: cache.statefulSets.get(namespace, name),
    pods,
    trouble: await findTrouble(pool, pods, deps, signal),
    fleet,
    shrink: shrinkOf(pool, deps),
    trackerShrink: trackerShrinkOf(pool, deps),
    outside: await lookOutside(pool, refusals.outside, deps, signal),
    verifiers: lookAtVerifiers(pool, network, refusals.verifiers, deps),
    members: fleet === undefined ? before : learnMembers(before, claims, fleet.providers),
    nowMs: clock.now(),
  }
}

function obstacleOf(error: unknown): Obstacle | undefined {
  return hasCode(error, 'NAME_TAKEN') ? { reason: 'NameTaken', message: error.message } : undefined
}

export async function reconcilePool(
  component: 'tracker' | 'provider',
  key: string,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const [namespace, name = ''] = key.split('/')
  const { cache } = deps
  const owner = (component === 'tracker' ? cache.trackers : cache.providers).get(namespace, name)
  if (owner === undefined || (await isLetGo(component, owner, deps, signal)) || isLeftAlone(owner, deps.settings)) return {}
  let pool: Pool
  try {
    pool = component === 'tracker' ? trackerPool(owner) : providerPool(owner)
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    deps.log.error('a resource does not fit its schema', { key, error })
    return {}
  }
  const network = cache.networks.get(namespace, pool.spec.network)
  if (network?.metadata.deletionTimestamp !== undefined || (network !== undefined && isLeftAlone(network, deps.settings))) return {}
  const wanted = prepare(pool, network, deps)
  let obstacle = 'obstacle' in wanted ? wanted.obstacle : undefined
  let refusals: Refusals = {}
  if (network !== undefined) await adopt(pool, network, deps, signal)
  if (network !== undefined) await holdUntilDrained(pool, deps, signal)
  if (!('obstacle' in wanted)) {
    refusals = await build(pool, wanted.network, wanted.networkText, deps, signal).catch((error: unknown) => {
      obstacle = obstacleOf(error)
      if (obstacle === undefined) throw error
      return {}
    })
  }
  if (await removeDrained(pool, deps, signal)) return {}
  const sight = await observe(pool, 'network' in wanted ? wanted.network : undefined, { obstacle, refusals }, deps, signal)
  const status = poolStatus(sight)
  const { againAfterMs } = await writeStatus(LUNAR_KINDS[component], owner, status, deps, signal)
  await report(sight, status, deps)
  const isToBeTriedAgain = refusals.outside !== undefined || areVerifiersAwaited(status)
  const waitsMs = [againAfterMs, isToBeTriedAgain ? AGAIN_MS : undefined, isBeingDeleted(owner) ? DELETING_AGAIN_MS : undefined]
  const nextMs = Math.min(...waitsMs.flatMap((waitMs) => waitMs ?? []))
  return { requeueAfterMs: Number.isFinite(nextMs) ? nextMs : undefined }
}

async function report(
  { pool, trouble, shrink, trackerShrink, nowMs }: PoolSight,
  status: ReturnType<typeof poolStatus>,
  { events }: ControllerDeps,
): Promise<void> {
  const missing = verifiersTrouble(status, nowMs)
  if (missing !== undefined) await events.record(pool.owner, { type: 'Warning', ...missing })
  if (trouble !== undefined) await events.record(pool.owner, { type: 'Warning', ...trouble })
  const refusal = shrink?.refusal ?? trackerShrink?.refusal
  if (refusal !== undefined)
    await events.record(pool.owner, { type: 'Warning', reason: 'ScaleDownRefused', message: `Pods stay. ${refusal.message}` })
  const leave = trackerShrink?.leave
  if (leave !== undefined && leave.reason !== 'TrackersMissing')
    await events.record(pool.owner, { type: 'Normal', reason: 'Draining', message: `${leave.pod} leaves the network.` })
  const going = shrink?.leaving.filter((one) => !isDrained(one)).map(({ name }) => name) ?? []
  if (going.length > 0)
    await events.record(pool.owner, { type: 'Normal', reason: 'Draining', message: `Moved away before the pod goes: ${going.join(', ')}.` })
}
