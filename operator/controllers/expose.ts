/**
 * The Services through which the pods of a pool are reached from outside of the cluster: made, kept and removed.
 *
 * @module
 */
import { KINDS, type Informer } from '../kube/index.ts'
import { applyChild } from './act.ts'
import { outsideService } from './children/outside-service.ts'
import type { ControllerDeps, Service } from './deps.ts'
import { OUTSIDE_LABEL, podNames } from './names.ts'
import type { OutsideSight } from './outside-addresses.ts'
import type { Pool, PoolNetwork } from './pool.ts'
import { unlessRefused } from './refusal.ts'

/** Pods that are wanted, and those that still stay. */
export const exposedPods = ({ name, namespace, spec }: Pool, { cache }: ControllerDeps): readonly string[] =>
  podNames(name, Math.max(spec.replicas, cache.statefulSets.get(namespace, name)?.spec.replicas ?? 0))

/** Those of this very pool, by the names of their pods. */
function servicesOf({ namespace, owner }: Pool, { cache }: ControllerDeps): Map<string, Service> {
  const isOurs = ({ metadata }: Service): boolean =>
    metadata.namespace === namespace &&
    (metadata.ownerReferences ?? []).some(({ controller, uid }) => controller && uid === owner.metadata.uid)
  return new Map(
    cache.services.list().flatMap((service) => {
      const pod = service.metadata.labels?.[OUTSIDE_LABEL]
      return pod !== undefined && isOurs(service) ? [[pod, service] as const] : []
    }),
  )
}

/** @throws at the first Service that is refused */
async function keepServices(pool: Pool, network: PoolNetwork, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const wanted = new Set(pool.spec.expose === 'None' ? [] : exposedPods(pool, deps))
  for (const [pod, { metadata }] of servicesOf(pool, deps)) {
    const { namespace, name, uid } = metadata
    if (wanted.has(pod) || metadata.deletionTimestamp !== undefined) continue
    await deps.client.remove(KINDS.service, { namespace, name }, { uid, signal })
    deps.log.info('removed', { kind: 'Service', object: `${namespace ?? ''}/${name}` })
  }
  for (const pod of wanted) await applyChild(deps.cache.services as unknown as Informer, outsideService(pool, network, pod), deps, signal)
}

/** @returns why a Service cannot be had: no node port is free, a quota is reached, the name is another's. The pool goes on without it. */
export async function exposePods(pool: Pool, network: PoolNetwork, deps: ControllerDeps, signal: AbortSignal): Promise<string | undefined> {
  const refusal = await unlessRefused(keepServices(pool, network, deps, signal))
  if (refusal !== undefined) deps.log.warn('a Service was refused', { pool: pool.name, ...refusal })
  return refusal?.message
}

export async function lookOutside(
  pool: Pool,
  refusal: string | undefined,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<OutsideSight> {
  const { cache, nodeAddresses } = deps
  const names = exposedPods(pool, deps)
  return {
    names,
    services: servicesOf(pool, deps),
    pods: new Map(
      names.flatMap((name) => {
        const pod = cache.pods.get(pool.namespace, name)
        return pod === undefined ? [] : [[name, pod] as const]
      }),
    ),
    nodes: pool.spec.expose === 'NodePort' ? await nodeAddresses.read(signal) : new Map(),
    before: (pool.owner.status as { readonly outside?: OutsideSight['before'] } | undefined)?.outside ?? [],
    refusal,
  }
}
