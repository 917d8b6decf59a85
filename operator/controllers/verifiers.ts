/**
 * The verifiers of a Tracker: a StatefulSet beside its own, for each keeps its key, and is the same peer after a restart. They enrol by the
 * service account of that StatefulSet, as trackers do by theirs, and need not be named in `spec.verifiers` of the network.
 *
 * Where none are wanted any more, pods, keys and volumes go. Left are an empty StatefulSet and what belongs to it, until the Tracker goes:
 * to remove these the operator would need the right to delete the StatefulSets of everybody.
 *
 * @module
 */
import type { Informer } from '../kube/index.ts'
import { applyChild } from './act.ts'
import { applyChildren } from './apply-children.ts'
import { imageOf, statefulSet, type StatefulSet } from './children/stateful-set.ts'
import type { ControllerDeps } from './deps.ts'
import { podsOf } from './pods-of.ts'
import { verifiersOf, type Pool, type PoolNetwork, type Verifiers } from './pool.ts'
import { unlessRefused } from './refusal.ts'
import { removeClaimsOfVerifiers } from './remove-claims.ts'
import type { VerifiersSight } from './verifiers-ready.ts'

/** Undefined: there is none, or one of this name that belongs to somebody else. */
function setOf({ name, namespace, owner }: Verifiers, { cache }: ControllerDeps): StatefulSet | undefined {
  const set = cache.statefulSets.get(namespace, name)
  return set?.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true ? set : undefined
}

async function make(
  verifiers: Verifiers,
  tracker: Pool,
  network: PoolNetwork,
  networkText: string,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const live = setOf(verifiers, deps)
  if (live !== undefined) await removeClaimsOfVerifiers(verifiers, deps, signal)
  if (verifiers.spec.replicas === 0 && (live?.spec.replicas ?? 0) === 0) return
  const { cache, settings } = deps
  const configFingerprint = await applyChildren(verifiers, network, networkText, deps, signal)
  // new ones are of the release of their trackers
  const fallbackImage = imageOf(cache.statefulSets.get(tracker.namespace, tracker.name)) ?? settings.nodeImage
  const wanted = statefulSet(verifiers, network, live, { fallbackImage, configFingerprint })
  await applyChild(cache.statefulSets as unknown as Informer, wanted, deps, signal)
}

/** @returns why they could not be made. The trackers go on without them */
export async function buildVerifiers(
  pool: Pool,
  network: PoolNetwork,
  networkText: string,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const verifiers = verifiersOf(pool)
  if (verifiers === undefined) return undefined
  const refusal = await unlessRefused(make(verifiers, pool, network, networkText, deps, signal))
  if (refusal !== undefined) deps.log.warn('verifiers could not be made', { tracker: pool.name, ...refusal })
  return refusal?.message
}

/** Undefined: it is no pool of trackers. */
export function lookAtVerifiers(
  pool: Pool,
  network: PoolNetwork | undefined,
  refusal: string | undefined,
  deps: ControllerDeps,
): VerifiersSight | undefined {
  const verifiers = verifiersOf(pool)
  if (verifiers === undefined) return undefined
  return {
    wanted: verifiers.spec.replicas,
    set: setOf(verifiers, deps),
    pods: podsOf(verifiers, deps),
    isAudited: network?.spec.audit.enabled ?? false,
    refusal,
  }
}
