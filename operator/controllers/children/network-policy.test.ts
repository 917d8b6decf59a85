import test from 'ava'
import type { PodPool } from '../pool.ts'
import { aNetwork, aProviderPool, aTrackerPool, someVerifiers } from '../pools.fixture.ts'
import { networkPolicy, type PolicyOptions } from './network-policy.ts'

interface Rule {
  readonly from?: readonly object[]
  readonly to?: readonly object[]
  readonly ports: readonly { readonly port?: number; readonly protocol: string }[]
}
interface Spec {
  readonly podSelector: object
  readonly policyTypes: readonly string[]
  readonly ingress: readonly Rule[]
  readonly egress: readonly Rule[]
}

const OPTIONS: PolicyOptions = { operatorNamespace: 'sys', issuerPort: 8443, monitoringNamespace: undefined }
const specOf = (pool: PodPool, options = OPTIONS): Spec => networkPolicy(pool, aNetwork(), options).spec as Spec
const portsOf = (rules: readonly Rule[]): number[] => rules.flatMap(({ ports }) => ports.map(({ port }) => port ?? 0))

for (const [what, pool] of [
  ['a provider', aProviderPool()],
  ['a tracker', aTrackerPool()],
  ['a verifier', someVerifiers()],
] as const) {
  test(`${what}: both directions are closed, and what is opened is opened for somebody`, (t) => {
    const { podSelector, policyTypes, ingress, egress } = specOf(pool)
    t.deepEqual(podSelector, {
      matchLabels: { 'app.kubernetes.io/name': `lunarx-${pool.component}`, 'app.kubernetes.io/instance': pool.name },
    })
    t.deepEqual(policyTypes, ['Ingress', 'Egress'])
    for (const { from } of ingress) t.true((from?.length ?? 0) > 0)
    for (const { to, ports } of egress) t.true((to?.length ?? 0) > 0 || ports.every(({ port }) => port === 53 || port === 5353))
  })
}

test('a pool that is exposed lets in clients from outside, from where they may come, at the two ports of clients', (t) => {
  const opened = (change: Readonly<Record<string, unknown>>) => specOf(aTrackerPool(change)).ingress[1]
  const ports = [4001, 4002].map((port) => ({ port, protocol: 'TCP' }))
  t.deepEqual(opened({ expose: 'NodePort' }), { from: [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }], ports })
  t.deepEqual(opened({ expose: 'LoadBalancer', exposeTo: ['192.0.2.0/24'] }), { from: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports })
  t.false(JSON.stringify(specOf(aTrackerPool({ exposeTo: ['192.0.2.0/24'] }))).includes('ipBlock'))
})

test('the admin API is for trackers alone, metrics for nobody', (t) => {
  t.deepEqual(portsOf(specOf(aProviderPool()).ingress), [4001, 4002])
  t.deepEqual(portsOf(specOf(aTrackerPool()).ingress), [4001, 4002, 4443])
  t.deepEqual(specOf(aTrackerPool()).ingress[1]?.from, [
    { podSelector: {} },
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'sys' } },
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'lunarx-operator' } },
    },
  ])
})

test('metrics are for the namespace that is named', (t) => {
  const { ingress } = specOf(aProviderPool(), { ...OPTIONS, monitoringNamespace: 'monitoring' })
  t.deepEqual(ingress.at(-1), {
    from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    ports: [{ port: 8080, protocol: 'TCP' }],
  })
})

test('out: names, peers of the same network, the issuer; a pool with a store outside may go anywhere', (t) => {
  t.deepEqual(portsOf(specOf(aProviderPool()).egress), [53, 5353, 53, 5353, 4001, 4002, 8443])
  t.deepEqual(specOf(aProviderPool()).egress[1]?.to, [{ podSelector: { matchLabels: { 'lunarx.dev/network': 'lunar' } } }])
  const s3 = { endpoint: 'http://minio:9000', bucket: 'shards', credentialsSecret: { name: 'keys' } }
  const remote = specOf(aProviderPool({ capacity: '1Gi', backend: { s3 } }))
  t.deepEqual(remote.egress.at(-1), { ports: [{ protocol: 'TCP' }] })
  t.deepEqual(portsOf(remote.ingress), [4001, 4002])
})

test('a verifier is asked by trackers of its network alone, and goes to peers of it and to the issuer, whatever its trackers may', (t) => {
  const store = { postgres: { hosts: ['db'], database: 'lunar', credentialsSecret: { name: 'keys' } } }
  const verifiers = someVerifiers({ replicas: 1 }, { store, expose: 'NodePort' })
  const trackers = { podSelector: { matchLabels: { 'app.kubernetes.io/component': 'tracker', 'lunarx.dev/network': 'lunar' } } }
  const { ingress, egress } = specOf(verifiers)
  t.deepEqual(ingress, [{ from: [trackers], ports: [{ port: 4002, protocol: 'TCP' }] }])
  t.deepEqual(egress, specOf(aProviderPool()).egress)
  t.deepEqual(portsOf(specOf(verifiers, { ...OPTIONS, monitoringNamespace: 'monitoring' }).ingress), [4002, 8080])
})

test('trackers on a database may go anywhere too', (t) => {
  const store = { postgres: { hosts: ['db'], database: 'lunar', credentialsSecret: { name: 'keys' } } }
  t.deepEqual(specOf(aTrackerPool({ store })).egress.at(-1), { ports: [{ protocol: 'TCP' }] })
})

test('where a store or a database is may be said: then to there, and to whom all pods go', (t) => {
  const s3 = { endpoint: 'http://minio:9000', bucket: 'shards', credentialsSecret: { name: 'keys' } }
  const store = { postgres: { hosts: ['db'], database: 'lunar', credentialsSecret: { name: 'keys' } } }
  const egressTo = ['192.0.2.0/24', '2001:db8::/32']
  const there = { to: egressTo.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ protocol: 'TCP' }] }
  t.deepEqual(specOf(aProviderPool({ capacity: '1Gi', backend: { s3 }, egressTo })).egress, [...specOf(aProviderPool()).egress, there])
  t.deepEqual(specOf(aTrackerPool({ store, egressTo })).egress, [...specOf(aTrackerPool()).egress, there])
  t.deepEqual(specOf(aProviderPool({ egressTo })).egress, specOf(aProviderPool()).egress)
})

test('a collector is reached in its namespace, on its port alone', (t) => {
  const out = (endpoint: string) =>
    networkPolicy(aProviderPool(), aNetwork({ tracing: { endpoint, namespace: 'monitoring' } }), OPTIONS).spec as Spec
  t.deepEqual(out('http://collector.monitoring:4318').egress.at(-1), {
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    ports: [{ port: 4318, protocol: 'TCP' }],
  })
  t.deepEqual(portsOf(out('https://collector.monitoring').egress).at(-1), 443)
  t.deepEqual(portsOf(out('http://collector.monitoring').egress).at(-1), 80)
})

test('trackers may dial outside verifiers, where the network has any: its pods that say so, and where others are said to be', (t) => {
  const network = aNetwork({ verifiers: [{ serviceAccount: 'a', addresses: ['192.0.2.7/32'] }, { serviceAccount: 'b' }] })
  const egressOf = (pool: PodPool, of = network) => (networkPolicy(pool, of, OPTIONS).spec as Spec).egress
  const [added, ...more] = egressOf(aTrackerPool()).filter((rule) => !egressOf(aTrackerPool(), aNetwork()).some((one) => isSame(one, rule)))
  const pods = { podSelector: { matchLabels: { 'lunarx.dev/verifier': network.name } } }
  const ports = [{ port: 4002, protocol: 'TCP' }]
  t.deepEqual(added, { to: [pods, { ipBlock: { cidr: '192.0.2.7/32' } }], ports })
  t.deepEqual(more, [])
  const outside = aNetwork({ verifiers: [{ serviceAccount: 'a', addresses: ['192.0.2.7/32', '192.0.2.8/32'] }] })
  const blocks = ['192.0.2.7/32', '192.0.2.8/32'].map((cidr) => ({ ipBlock: { cidr } }))
  t.deepEqual(egressOf(aTrackerPool(), outside).at(-1), { to: blocks, ports })
  t.deepEqual(egressOf(aProviderPool()), egressOf(aProviderPool(), aNetwork()))
})

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
