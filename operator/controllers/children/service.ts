/**
 * What gives the pods of a pool names and an account: headless Service, ServiceAccount, and a disruption budget for trackers.
 *
 * @module
 */
import { apiVersionOf, KINDS, type KubeObject } from '../../kube/index.ts'
import { controllerOf, labelsOf, PORTS, selectorOf } from '../names.ts'
import type { PodPool, Pool, PoolNetwork } from '../pool.ts'

const metadataOf = (pool: PodPool, network: PoolNetwork) => ({
  name: pool.name,
  namespace: pool.namespace,
  labels: labelsOf(pool.component, pool.name, network.name),
  ownerReferences: [controllerOf(pool.owner)],
})

/** Publishes pods that are not ready: peers find one another before they serve, and repair reads from a pod that starts. */
export function service(pool: PodPool, network: PoolNetwork): KubeObject {
  const ports = Object.entries(PORTS).filter(([name]) => name !== 'admin' || pool.component === 'tracker')
  return {
    apiVersion: apiVersionOf(KINDS.service),
    kind: KINDS.service.kind,
    metadata: metadataOf(pool, network),
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selectorOf(pool.component, pool.name),
      ports: ports.map(([name, port]) => ({ name, port, targetPort: name, protocol: 'TCP' })),
    },
  }
}

/** No rights at all: only its name counts. */
export const serviceAccount = (pool: PodPool, network: PoolNetwork): KubeObject & { readonly automountServiceAccountToken: false } => ({
  apiVersion: apiVersionOf(KINDS.serviceAccount),
  kind: KINDS.serviceAccount.kind,
  metadata: metadataOf(pool, network),
  automountServiceAccountToken: false,
})

/** One tracker at a time: the others own its share of the ring meanwhile. */
export const trackerBudget = (pool: Pool, network: PoolNetwork): KubeObject => ({
  apiVersion: apiVersionOf(KINDS.podDisruptionBudget),
  kind: KINDS.podDisruptionBudget.kind,
  metadata: metadataOf(pool, network),
  spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(pool.component, pool.name) } },
})
