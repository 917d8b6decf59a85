/**
 * Tracker or Provider → ServiceAccount, Service, ConfigMap, StatefulSet, status. Level-based: reads the whole world, never asks
 * which event woke it. Removes a pod only once it is drained (`healing/shrink.ts`), and its volume claim after it.
 *
 * @module
 */
import { ZodError } from 'zod'
import { lunarNetworkSpec } from '../api/index.ts'
import { isDrained, learnMembers, type Member } from '../healing/index.ts'
import type { Outcome } from '../kube/index.ts'
import { isLeftAlone, writeStatus } from './act.ts'
import { buildPool, shrinkOf, trackerShrinkOf, type Refusals } from './build-pool.ts'
import { claimsOf, sightOf } from './claims.ts'
import type { ControllerDeps } from './deps.ts'
import { lookOutside } from './expose.ts'
import { DELETING_AGAIN_MS, holdUntilDrained, isLetGo, removeDrained } from './delete-pool.ts'
import { clientConfigName, controllerOf, networkId } from './names.ts'
import { findTrouble } from './pod-trouble.ts'
import { podsOf } from './pods-of.ts'
import { arePodsMissing, findPodsRefused, MISSING_AGAIN_MS } from './pods-refused.ts'
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
import { poolStatus, type Obstacle, type PoolSight } from './pool-status.ts'
import { REFUSED_AGAIN_MS, unlessRefused } from './refusal.ts'
import { areVerifiersAwaited, verifiersTrouble } from './verifiers-ready.ts'
import { lookAtVerifiers } from './verifiers.ts'

type Wanted = { readonly network: PoolNetwork; readonly networkText: string } | { readonly obstacle: Obstacle }

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

/** Before anything is made of it. */
async function keep(pool: Pool, network: LunarNetwork, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  await adopt(pool, network, deps, signal)
  await holdUntilDrained(pool, deps, signal)
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
  const set = cache.statefulSets.get(namespace, name)
  const claims = sightOf(claimsOf(name, namespace, cache.claims.list()))
  return {
    pool,
    obstacle,
    set,
    pods,
    podsRefused: await findPodsRefused(pool, set, pods, deps, signal),
    trouble: await findTrouble(pool, pods, deps, signal),
    growRefusal: refusals.growth,
    fleet,
    shrink: shrinkOf(pool, deps),
    trackerShrink: trackerShrinkOf(pool, deps),
    outside: await lookOutside(pool, refusals.outside, deps, signal),
    verifiers: lookAtVerifiers(pool, network, refusals.verifiers, deps),
    members: fleet === undefined ? before : learnMembers(before, claims, fleet.providers),
    nowMs: clock.now(),
  }
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
  const kept = network === undefined ? undefined : await unlessRefused(keep(pool, network, deps, signal))
  const isToBeBuilt = kept === undefined && !('obstacle' in wanted)
  const refusals = isToBeBuilt ? await buildPool(pool, wanted.network, wanted.networkText, deps, signal) : { pool: kept }
  const obstacle = 'obstacle' in wanted ? wanted.obstacle : refusals.pool
  if (await removeDrained(pool, deps, signal)) return {}
  const sight = await observe(pool, 'network' in wanted ? wanted.network : undefined, { obstacle, refusals }, deps, signal)
  const status = poolStatus(sight)
  const { againAfterMs } = await writeStatus(LUNAR_KINDS[component], owner, status, deps, signal)
  await report(sight, refusals, status, deps)
  // a refusal ends without a word; and so that it is told when verifiers that are awaited fail to come
  const isToBeTriedAgain = Object.values(refusals).some((refusal) => refusal !== undefined) || areVerifiersAwaited(status)
  const waitsMs = [
    againAfterMs,
    isToBeTriedAgain ? REFUSED_AGAIN_MS : undefined,
    arePodsMissing(sight.set, sight.pods) ? MISSING_AGAIN_MS : undefined,
    isBeingDeleted(owner) ? DELETING_AGAIN_MS : undefined,
  ]
  const nextMs = Math.min(...waitsMs.flatMap((waitMs) => waitMs ?? []))
  return { requeueAfterMs: Number.isFinite(nextMs) ? nextMs : undefined }
}

async function report(
  { pool, podsRefused, trouble, shrink, trackerShrink, nowMs }: PoolSight,
  refusals: Refusals,
  status: ReturnType<typeof poolStatus>,
  { events }: ControllerDeps,
): Promise<void> {
  if (refusals.pool !== undefined) await events.record(pool.owner, { type: 'Warning', ...refusals.pool })
  if (refusals.growth !== undefined) await events.record(pool.owner, { type: 'Warning', reason: 'GrowRefused', message: refusals.growth })
  if (podsRefused !== undefined) await events.record(pool.owner, { type: 'Warning', reason: 'PodsRefused', message: podsRefused })
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
