/**
 * What a pool is made of, brought to what is wanted: children and StatefulSet, and then its claims, Services and verifiers. What the API
 * server refuses stops only what depends on it, and is handed back to be told.
 *
 * @module
 */
import { KINDS, type Informer } from '../kube/index.ts'
import type { Shrink } from '../healing/index.ts'
import { applyChild } from './act.ts'
import { applyChildren } from './apply-children.ts'
import { trackerBudget } from './children/service.ts'
import { statefulSet, type StatefulSet, type StatefulSetOptions } from './children/stateful-set.ts'
import { claimsOf, growClaims } from './claims.ts'
import { sha256Of, type ControllerDeps } from './deps.ts'
import { exposePods } from './expose.ts'
import { judgeChild, withFingerprint } from './meant.ts'
import type { Pool, PoolNetwork } from './pool.ts'
import type { Obstacle } from './pool-status.ts'
import { unlessRefused } from './refusal.ts'
import { markClaim, removeClaims, removeMarkedClaims } from './remove-claims.ts'
import type { TrackerShrink } from './shrink-trackers.ts'
import { buildVerifiers } from './verifiers.ts'

/** What could not be made, and why; the pool goes on without it. */
export interface Refusals {
  /** The pool is not what is wanted. */
  readonly pool?: Obstacle | undefined
  /** Volumes stay smaller than is wanted. */
  readonly growth?: string | undefined
  /** Pods cannot be reached from outside. */
  readonly outside?: string | undefined
  readonly verifiers?: string | undefined
}

/** Which pods may go; undefined: not judged yet, or a pool of trackers. */
export const shrinkOf = ({ owner, spec }: Pool, { observatory }: ControllerDeps): Shrink | undefined =>
  observatory.shrink(owner.metadata.uid ?? '', spec.replicas)
export const trackerShrinkOf = ({ owner, spec }: Pool, { observatory }: ControllerDeps): TrackerShrink | undefined =>
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

async function make(pool: Pool, network: PoolNetwork, networkText: string, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const configFingerprint = await applyChildren(pool, network, networkText, deps, signal)
  if (pool.component === 'tracker') await applyChild(deps.cache.budgets, trackerBudget(pool, network), deps, signal)
  const trackerShrink = trackerShrinkOf(pool, deps)
  if (trackerShrink?.leave?.isHandedOver === true) await markClaim(trackerShrink.leave.pod, pool, deps, signal)
  const needed = (pool.component === 'tracker' ? trackerShrink : shrinkOf(pool, deps))?.needed
  await applySet(pool, network, { fallbackImage: deps.settings.nodeImage, configFingerprint, needed }, deps, signal)
}

async function removeSpent(pool: Pool, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const shrink = shrinkOf(pool, deps)
  if (shrink !== undefined) await removeClaims(pool, shrink, deps, signal)
  if (pool.component === 'tracker') await removeMarkedClaims(pool, deps, signal)
}

/** Its pods are there, whatever is refused now: what is done for them goes on. Where they are not, a claim may be that of another pool. */
const isMade = ({ namespace, name, owner }: Pool, { cache }: ControllerDeps): boolean =>
  cache.statefulSets.get(namespace, name)?.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false

export async function buildPool(
  pool: Pool,
  network: PoolNetwork,
  networkText: string,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<Refusals> {
  const made = await unlessRefused(make(pool, network, networkText, deps, signal))
  if (made !== undefined) deps.log.warn('a pool could not be made as is wanted', { pool: pool.name, ...made })
  if (made !== undefined && !isMade(pool, deps)) return { pool: made }
  const growth = await growClaims(pool, claimsOf(pool.name, pool.namespace, deps.cache.claims.list()), deps, signal)
  const removed = await unlessRefused(removeSpent(pool, deps, signal))
  const outside = await exposePods(pool, network, deps, signal)
  return { pool: made ?? removed, growth, outside, verifiers: await buildVerifiers(pool, network, networkText, deps, signal) }
}
