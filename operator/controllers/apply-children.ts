/**
 * What the pods of a pool, or of verifiers, have beside their StatefulSet: account, Service, run config and NetworkPolicy.
 *
 * @module
 */
import type { Informer, KubeObject } from '../kube/index.ts'
import { applyChild } from './act.ts'
import { networkPolicy, type PolicyOptions } from './children/network-policy.ts'
import { runConfigMap } from './children/run-config.ts'
import { service, serviceAccount } from './children/service.ts'
import { claimsOf, smallerVolumes } from './claims.ts'
import { sha256Of, type ControllerDeps, type Settings } from './deps.ts'
import type { PodPool, PoolNetwork } from './pool.ts'

/**
 * What a person asked the pods of a pool to be, besides their image: what they read at their start, and what is said of them in the spec.
 * Pods are replaced when it changes. How this operator words a pod is no part of it: an upgrade of the operator restarts none.
 */
function askedText({ spec }: PodPool, { spec: { tracing } }: PoolNetwork, runText: string, networkText: string): string {
  const { resources } = spec
  const backend = 'backend' in spec && spec.backend.volume === undefined ? spec.backend : undefined
  const more =
    resources === undefined && backend === undefined && tracing === undefined ? '' : `\0${JSON.stringify({ resources, backend, tracing })}`
  return `${runText}\0${networkText}${more}`
}

const policyOptions = ({ namespace, issuer, monitoringNamespace }: Settings): PolicyOptions => ({
  operatorNamespace: namespace,
  issuerPort: Number(new URL(issuer.url).port) || 443,
  monitoringNamespace,
})

/** @returns fingerprint of what the pods read at their start */
export async function applyChildren(
  pool: PodPool,
  network: PoolNetwork,
  networkText: string,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<string> {
  const { cache, settings, crypto } = deps
  const { name, namespace } = pool
  const set = cache.statefulSets.get(namespace, name)
  const config = runConfigMap(pool, network, smallerVolumes(pool, set, claimsOf(name, namespace, cache.claims.list())))
  const children: [Informer, KubeObject][] = [
    [cache.serviceAccounts, serviceAccount(pool, network)],
    [cache.services as unknown as Informer, service(pool, network)],
    [cache.configMaps as unknown as Informer, config],
    [cache.policies, networkPolicy(pool, network, policyOptions(settings))],
  ]
  for (const [informer, child] of children) await applyChild(informer, child, deps, signal)
  return sha256Of(crypto)(askedText(pool, network, config.data['run.json'], networkText)).slice(0, 16)
}
