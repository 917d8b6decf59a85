/**
 * Scale-down, as far as trackers are concerned: what is to be drained is told to every tracker that does not say so yet, and what stays
 * after all as well. Pods and claims go with their pool (`reconcile-pool.ts`), by the answer that is kept here.
 *
 * Pools are judged one after another, so that two of them do not count on each other's room.
 *
 * @module
 */
import type { LunarNetworkSpec } from '../api/index.ts'
import { drainOrders, planShrink, type Fleet, type Shrink } from '../healing/index.ts'
import type { KubeObject } from '../kube/index.ts'
import { rowSurvive } from './children/network-children.ts'
import { claimsOf, sightOf } from './claims.ts'
import type { ControllerDeps } from './deps.ts'
import type { Answering } from './look.ts'
import { DRAIN_ANNOTATION } from './names.ts'
import type { Pool, Provider } from './pool.ts'

/** What is to go counts as going for the pools that are judged next. */
function withLeaving(fleet: Fleet | undefined, { leaving }: Shrink): Fleet | undefined {
  if (fleet === undefined || leaving.length === 0) return fleet
  const going = new Set(leaving.map(({ peer }) => peer))
  const begun = (bytes: number) => ({ revision: 0, shards: 0, bytes, etaMs: null, rowsMoved: false, isDrained: false })
  return {
    ...fleet,
    providers: fleet.providers.map((one) => (going.has(one.peer) && one.drain === null ? { ...one, drain: begun(one.usedBytes) } : one)),
  }
}

/** Peers that a person wants drained. */
export const askedOf = ({ metadata }: KubeObject): readonly string[] =>
  (metadata.annotations?.[DRAIN_ANNOTATION] ?? '')
    .split(',')
    .map((peer) => peer.trim())
    .filter((peer) => peer !== '')

/** Judges every pool, and remembers the answers for their own reconciliation. */
export function judgePools(
  pools: readonly Pool[],
  fleet: Fleet | undefined,
  spec: LunarNetworkSpec,
  { cache, observatory }: ControllerDeps,
): ReadonlyMap<Pool, Shrink> {
  const judged = new Map<Pool, Shrink>()
  let seen = fleet
  for (const pool of pools) {
    const { name, namespace, owner } = pool
    const live = cache.statefulSets.get(namespace, name)?.spec.replicas ?? 0
    const members = (owner as Provider).status?.members ?? []
    const claims = sightOf(claimsOf(name, namespace, cache.claims.list()))
    const asked = askedOf(owner)
    const size = { name, wanted: pool.spec.replicas, live, members, claims, asked }
    const shrink = planShrink({ pool: size, fleet: seen, classes: spec.classes, survive: rowSurvive(spec) })
    seen = withLeaving(seen, shrink)
    judged.set(pool, shrink)
    observatory.seeShrink(owner.metadata.uid ?? '', shrink)
  }
  return judged
}

/** A tracker that does not take an order is told again at the next look. */
export async function orderDrains(
  judged: ReadonlyMap<Pool, Shrink>,
  trackers: readonly Answering[],
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  for (const [{ name }, shrink] of judged)
    for (const { admin, status } of trackers)
      for (const { peer, isDraining } of drainOrders(name, shrink, status.providers)) {
        try {
          await admin.orderDrain(peer, isDraining, signal)
          deps.log.info('drain ordered', { pool: name, peer, isDraining, tracker: status.name })
        } catch (error) {
          if (signal.aborted) throw error
          deps.log.warn('a tracker did not take an order to drain', { pool: name, peer, isDraining, tracker: status.name, error })
        }
      }
}
