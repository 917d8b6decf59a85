/**
 * The NetworkPolicy of a pool: its pods speak with their peers, the issuer and DNS, trackers with outside verifiers, and nobody else; they are spoken to by pods of their
 * namespace, where clients are, by the operator, and, where the pool is exposed, by clients outside. Verifiers are spoken to by trackers alone. Pure.
 *
 * Sent as it is, by server-side apply: typed clients drop `ingress[].from`, and a rule without it lets everybody in.
 *
 * @module
 */
import { ANYWHERE } from '../../api/index.ts'
import { KINDS, apiVersionOf, type KubeObject } from '../../kube/index.ts'
import { controllerOf, labelsOf, NETWORK_LABEL, PORTS, selectorOf, VERIFIER_LABEL } from '../names.ts'
import { usesServer, type PodPool, type PoolNetwork } from '../pool.ts'

export interface PolicyOptions {
  /** Where the operator runs. */
  readonly operatorNamespace: string
  readonly issuerPort: number
  /** Where Prometheus runs; undefined: metrics are read by nobody. */
  readonly monitoringNamespace: string | undefined
}

/** The second is where the pods of OpenShift's DNS listen, behind a Service on the first. */
const DNS = [53, 5353]
const blocksOf = (addresses: readonly string[]) => addresses.map((cidr) => ({ ipBlock: { cidr } }))
const tcp = (...ports: readonly number[]) => ports.map((port) => ({ port, protocol: 'TCP' }))

/** Every namespace has a label with its name, which nobody can change. */
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })

const operatorPods = (namespace: string) => ({
  ...inNamespace(namespace),
  podSelector: { matchLabels: { 'app.kubernetes.io/name': 'lunarx-operator' } },
})

function ingress(pool: PodPool, network: PoolNetwork, { operatorNamespace, monitoringNamespace }: PolicyOptions) {
  const metrics = monitoringNamespace && { from: [inNamespace(monitoringNamespace)], ports: tcp(PORTS.health) }
  if (pool.component === 'verifier') return [fromTrackers(network), ...(metrics ? [metrics] : [])]
  const peers = { from: [{ podSelector: {} }], ports: tcp(PORTS.control, PORTS.data) }
  const admin = { from: [{ podSelector: {} }, operatorPods(operatorNamespace)], ports: tcp(PORTS.admin) }
  const { expose, exposeTo = ANYWHERE } = pool.spec
  const outside = { from: blocksOf(exposeTo), ports: tcp(PORTS.control, PORTS.data) }
  return [peers, ...(expose === 'None' ? [] : [outside]), ...(pool.component === 'tracker' ? [admin] : []), ...(metrics ? [metrics] : [])]
}

/** They ask by the data channel alone. */
const fromTrackers = ({ name }: PoolNetwork) => ({
  from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/component': 'tracker', [NETWORK_LABEL]: name } } }],
  ports: tcp(PORTS.data),
})

/**
 * A store or a database outside is known by its address alone: behind it are names, Services whose ports are translated, data nodes that a
 * name node names. What policies can tell apart does not tell it from the rest of the world: such a pool may go anywhere, unless its
 * resource says where that is.
 */
function egress(pool: PodPool, network: PoolNetwork, { operatorNamespace, issuerPort }: PolicyOptions) {
  const peers = { to: [{ podSelector: { matchLabels: { [NETWORK_LABEL]: network.name } } }], ports: tcp(PORTS.control, PORTS.data) }
  const issuer = { to: [operatorPods(operatorNamespace)], ports: tcp(issuerPort) }
  const { tracing } = network.spec
  const collector = tracing && { to: [inNamespace(tracing.namespace)], ports: tcp(portOf(tracing.endpoint)) }
  const verifiers = pool.component === 'tracker' && network.spec.verifiers.length > 0 && toVerifiers(network)
  // to anywhere: a node's own cache of names has an address that selects no pod
  const names = { ports: [...DNS.map((port) => ({ port, protocol: 'UDP' })), ...tcp(...DNS)] }
  const known = [peers, issuer, ...(collector ? [collector] : []), ...(verifiers ? [verifiers] : [])]
  if (!usesServer(pool)) return [names, ...known]
  const { egressTo } = pool.spec
  const anyPort = [{ protocol: 'TCP' }]
  return egressTo === undefined ? [names, { ports: anyPort }] : [names, ...known, { to: blocksOf(egressTo), ports: anyPort }]
}

/**
 * At the port of the data channel alone: trackers dial whatever address a verifier announces. Pods here only where some verifier states no
 * addresses: any pod may have the label.
 */
function toVerifiers({ name, spec: { verifiers } }: PoolNetwork) {
  const blocks = blocksOf(verifiers.flatMap(({ addresses = [] }) => addresses))
  const pods = verifiers.every(({ addresses }) => addresses) ? [] : [{ podSelector: { matchLabels: { [VERIFIER_LABEL]: name } } }]
  return { to: [...pods, ...blocks], ports: tcp(PORTS.data) }
}

function portOf(endpoint: string): number {
  const [, port] = /:([0-9]+)$/.exec(endpoint) ?? []
  if (port !== undefined) return Number(port)
  return endpoint.startsWith('https:') ? 443 : 80
}

export function networkPolicy(pool: PodPool, network: PoolNetwork, options: PolicyOptions): KubeObject {
  return {
    apiVersion: apiVersionOf(KINDS.networkPolicy),
    kind: KINDS.networkPolicy.kind,
    metadata: {
      name: pool.name,
      namespace: pool.namespace,
      labels: labelsOf(pool.component, pool.name, network.name),
      ownerReferences: [controllerOf(pool.owner)],
    },
    spec: {
      podSelector: { matchLabels: selectorOf(pool.component, pool.name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: ingress(pool, network, options),
      egress: egress(pool, network, options),
    },
  }
}
