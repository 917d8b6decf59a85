/**
 * The Service of one pod for those outside of the cluster. Pure.
 *
 * Traffic goes to the pod's own node and no other (`externalTrafficPolicy: Local`): no hop more, and policies and limits see who really
 * asks. So the address is that of the node, and follows the pod.
 *
 * @module
 */
import { apiVersionOf, KINDS, type KubeObject } from '../../kube/index.ts'
import { controllerOf, labelsOf, OUTSIDE_LABEL, outsideServiceName, PORTS, selectorOf } from '../names.ts'
import type { Pool, PoolNetwork } from '../pool.ts'

/** What clients use. The admin API and metrics stay inside. */
export const OUTSIDE_PORTS = ['control', 'data'] as const

export function outsideService(pool: Pool, network: PoolNetwork, pod: string): KubeObject {
  const { expose, exposeTo } = pool.spec
  return {
    apiVersion: apiVersionOf(KINDS.service),
    kind: KINDS.service.kind,
    metadata: {
      name: outsideServiceName(pod),
      namespace: pool.namespace,
      labels: { ...labelsOf(pool.component, pool.name, network.name), [OUTSIDE_LABEL]: pod },
      ownerReferences: [controllerOf(pool.owner)],
    },
    spec: {
      type: expose,
      externalTrafficPolicy: 'Local',
      publishNotReadyAddresses: true, // as inside: what starts can be read from
      selector: { ...selectorOf(pool.component, pool.name), 'statefulset.kubernetes.io/pod-name': pod },
      ports: OUTSIDE_PORTS.map((name) => ({ name, port: PORTS[name], targetPort: name, protocol: 'TCP' })),
      ...(expose === 'LoadBalancer' && exposeTo ? { loadBalancerSourceRanges: exposeTo } : {}),
    },
  }
}
