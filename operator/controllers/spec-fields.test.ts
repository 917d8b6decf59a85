/**
 * No dead fields: each field of each spec, changed, changes something that the operator makes, tells or decides. A new field without an
 * entry here fails.
 *
 * @module
 */
import test from 'ava'
import { customResourceDefinition, type JsonSchema } from '../api/crd.ts'
import { LUNAR_NETWORK, PROVIDER, TRACKER } from '../api/index.ts'
import type { ResourceDefinition } from '../api/definition.ts'
import { aProvider } from '../healing/fleet.fixture.ts'
import type { Fleet } from '../healing/index.ts'
import { clientConfigMap, networkConfig, providersBudget } from './children/network-children.ts'
import { networkPolicy } from './children/network-policy.ts'
import { runConfigMap } from './children/run-config.ts'
import { service, serviceAccount } from './children/service.ts'
import { statefulSet } from './children/stateful-set.ts'
import { labelsOf } from './names.ts'
import { repairStatus, standingOf } from './network-repair.ts'
import { overheadOf } from './overhead.ts'
import { verifiersOf, type PodPool, type Pool, type PoolNetwork } from './pool.ts'
import { aNetwork, aNetworkObject, aProviderPool, aSpec, aTrackerPool } from './pools.fixture.ts'

type Change = Readonly<Record<string, unknown>>

const POLICY = { operatorNamespace: 'sys', issuerPort: 8443, monitoringNamespace: undefined }
const SET = { fallbackImage: 'localhost/lunarx-node:1', configFingerprint: 'f' }
const ISSUER = { url: 'https://operator.sys.svc:8443', ca: 'PEM' }

const childrenOf = (pool: PodPool, network: PoolNetwork): unknown[] => [
  service(pool, network),
  serviceAccount(pool, network),
  runConfigMap(pool, network),
  statefulSet(pool, network, undefined, SET),
  networkPolicy(pool, network, POLICY),
  labelsOf(pool.component, pool.name, pool.spec.network),
]

const fleet: Fleet = {
  providers: [aProvider('pool-a-0', 'p0')],
  sets: { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 },
}
const overhead = (pool: Pool): unknown =>
  pool.component === 'provider' ? overheadOf(aSpec(), [{ name: pool.name, spec: pool.spec }], fleet) : undefined

/** Of sets that have missed shards since just more than an hour and a half. */
function repairOf({ spec }: PoolNetwork): unknown {
  const nowMs = 100 * 60_000
  const record = { degradedSinceMs: 0, spent: new Map(), seenMs: nowMs - 60_000 }
  const degraded: Fleet = { ...fleet, sets: { ...fleet.sets, margin: { '1': 9 }, degraded: 9, rebuiltBytesPerSecond: 1_000_000 } }
  const repair = standingOf(record, degraded, spec.repair, nowMs)
  return repairStatus({ spec, fleet: degraded, trackers: { desired: 3 }, repair, nowMs }, undefined)
}

const ofNetwork = (change: Change): string => {
  const network = aNetwork(change)
  const config = networkConfig(aNetworkObject(), network.spec, '0'.repeat(64), [aTrackerPool()], ISSUER)
  return JSON.stringify([
    clientConfigMap(aNetworkObject(), network.spec, config),
    providersBudget(aNetworkObject(), 1),
    childrenOf(aProviderPool(), network),
    repairOf(network),
  ])
}
const ofPool = (make: (spec: Change) => Pool) => (change: Change) => {
  const pool = make(change)
  const verifiers = verifiersOf(pool)
  return JSON.stringify([childrenOf(pool, aNetwork()), verifiers && childrenOf(verifiers, aNetwork()), overhead(pool)])
}

const CLASS = { name: 'standard', required: 4, parity: 2, survive: 1 }
const classes = (change: Change): Change => ({ classes: [CLASS, { name: 'other', required: 4, parity: 2, survive: 1, ...change }] })
const s3 = (change: Change = {}): Change => ({
  capacity: '1Gi',
  backend: { s3: { endpoint: 'http://minio:9000', bucket: 'shards', credentialsSecret: { name: 'keys' }, ...change } },
})
const hdfs = (change: Change = {}): Change => ({
  capacity: '1Gi',
  backend: { hdfs: { urls: ['http://nn:9870'], root: '/lunarx', ...change } },
})
const authority = { name: 'ca', key: 'ca.crt' }
const traced = (change: Change = {}): Change => ({
  tracing: { endpoint: 'http://collector.monitoring:4318', namespace: 'monitoring', ...change },
})
const audited = (change: Change = {}): Change => ({ audit: { enabled: true, ...change } })
const postgres = (change: Change = {}): Change => ({
  store: { postgres: { hosts: ['db'], database: 'lunarx', credentialsSecret: { name: 'keys' }, ...change } },
})

/** Field → what it is and what it is changed to. */
type Cases = Readonly<Record<string, readonly [before: Change, after: Change]>>

const NETWORK_CASES: Cases = {
  'classes[].name': [classes({}), { classes: [CLASS, { ...CLASS, name: 'another' }] }],
  'classes[].required': [classes({}), classes({ required: 5 })],
  'classes[].parity': [classes({}), classes({ parity: 3 })],
  'classes[].survive': [classes({}), classes({ survive: 2 })],
  'classes[].zones': [classes({}), classes({ zones: 'Bind' })],
  'classes[].inlineBytes': [classes({}), classes({ inlineBytes: 1024 })],
  'classes[].versions': [classes({}), classes({ versions: 3 })],
  'classes[].copies[].pools': [classes({ copies: [{ pools: ['a'] }] }), classes({ copies: [{ pools: ['b'] }] })],
  defaultClass: [classes({}), { ...classes({}), defaultClass: 'other' }],
  failureDomainKey: [{}, { failureDomainKey: 'topology.kubernetes.io/zone' }],
  survive: [{}, { survive: 3 }],
  'detection.heartbeatSeconds': [{}, { detection: { heartbeatSeconds: 4 } }],
  'detection.suspectSeconds': [{}, { detection: { suspectSeconds: 16 } }],
  'detection.lostSeconds': [{}, { detection: { lostSeconds: 61 } }],
  'repair.rebuildAfterSeconds': [{}, { repair: { rebuildAfterSeconds: 7 } }],
  'repair.bytesPerSecond': [{}, { repair: { bytesPerSecond: 7_000_000 } }],
  'repair.objective.share': [{}, { repair: { objective: { share: '99%' } } }],
  'repair.objective.withinSeconds': [{}, { repair: { objective: { withinSeconds: 7_200 } } }],
  'repair.objective.windowDays': [{}, { repair: { objective: { windowDays: 7 } } }],
  'repair.annualLossPercent': [{}, { repair: { annualLossPercent: 40 } }],
  'audit.enabled': [{}, audited()],
  'audit.lostPerMille': [audited(), audited({ lostPerMille: 20 })],
  'audit.foundPercent': [audited(), audited({ foundPercent: 90 })],
  'audit.withinHours': [audited(), audited({ withinHours: 48 })],
  'directory.enabled': [{ directory: { enabled: false } }, { directory: { enabled: true } }],
  'directory.announcementsPerHour': [{ directory: { enabled: true } }, { directory: { enabled: true, announcementsPerHour: 30 } }],
  'quota.storage': [{ quota: { storage: '1Ti' } }, { quota: { storage: '2Ti' } }],
  'tracing.endpoint': [traced(), traced({ endpoint: 'http://collector.monitoring:4319' })],
  'tracing.namespace': [traced(), traced({ namespace: 'other' })],
  image: [{}, { image: 'localhost/lunarx-node:2' }],
  imagePullPolicy: [{}, { imagePullPolicy: 'Always' }],
  'revoked[].peer': [{}, { revoked: [{ peer: `12D3KooW${'A'.repeat(44)}` }] }],
}

const POOL_CASES: Cases = {
  network: [{}, { network: 'sun' }],
  replicas: [{}, { replicas: 5 }],
  'volume.size': [{}, { volume: { size: '9Gi' } }],
  'volume.storageClassName': [{}, { volume: { storageClassName: 'fast' } }],
  'resources.requests': [{}, { resources: { requests: { cpu: '1' } } }],
  expose: [{}, { expose: 'NodePort' }],
  exposeTo: [{ expose: 'NodePort' }, { expose: 'NodePort', exposeTo: ['192.0.2.0/24'] }],
  'resources.limits': [{}, { resources: { limits: { memory: '1Gi' } } }],
}

const TRACKER_CASES: Cases = {
  ...POOL_CASES,
  egressTo: [postgres(), { ...postgres(), egressTo: ['192.0.2.0/24'] }],
  'verifiers.replicas': [{}, { verifiers: { replicas: 2 } }],
  'verifiers.resources.requests': [{}, { verifiers: { resources: { requests: { cpu: '50m' } } } }],
  'verifiers.resources.limits': [{}, { verifiers: { resources: { limits: { memory: '128Mi' } } } }],
  'store.embedded': [postgres(), { store: { embedded: {} } }],
  'store.postgres.hosts': [postgres(), postgres({ hosts: ['other'] })],
  'store.postgres.port': [postgres(), postgres({ port: 26_257 })],
  'store.postgres.database': [postgres(), postgres({ database: 'others' })],
  'store.postgres.sslMode': [postgres(), postgres({ sslMode: 'require' })],
  'store.postgres.credentialsSecret.name': [postgres(), postgres({ credentialsSecret: { name: 'others' } })],
  'store.postgres.caConfigMap.name': [postgres({ caConfigMap: authority }), postgres({ caConfigMap: { ...authority, name: 'b' } })],
  'store.postgres.caConfigMap.key': [postgres({ caConfigMap: authority }), postgres({ caConfigMap: { ...authority, key: 'b' } })],
  'store.postgres.caSecret.name': [postgres({ caSecret: authority }), postgres({ caSecret: { ...authority, name: 'b' } })],
  'store.postgres.caSecret.key': [postgres({ caSecret: authority }), postgres({ caSecret: { ...authority, key: 'b' } })],
  'store.postgres.connections': [postgres(), postgres({ connections: 16 })],
}

const PROVIDER_CASES: Cases = {
  ...POOL_CASES,
  egressTo: [s3(), { ...s3(), egressTo: ['192.0.2.0/24'] }],
  capacity: [{}, { capacity: '500Mi' }],
  services: [{}, { services: ['storage'] }],
  'backend.volume': [s3(), { capacity: '1Gi', backend: { volume: {} } }],
  'backend.s3.endpoint': [s3(), s3({ endpoint: 'http://minio:9001' })],
  'backend.s3.bucket': [s3(), s3({ bucket: 'others' })],
  'backend.s3.prefix': [s3(), s3({ prefix: 'a' })],
  'backend.s3.region': [s3(), s3({ region: 'eu' })],
  'backend.s3.pathStyle': [s3(), s3({ pathStyle: false })],
  'backend.s3.credentialsSecret.name': [s3(), s3({ credentialsSecret: { name: 'others' } })],
  'backend.s3.caConfigMap.name': [s3({ caConfigMap: authority }), s3({ caConfigMap: { ...authority, name: 'b' } })],
  'backend.s3.caConfigMap.key': [s3({ caConfigMap: authority }), s3({ caConfigMap: { ...authority, key: 'b' } })],
  'backend.s3.caSecret.name': [s3({ caSecret: authority }), s3({ caSecret: { ...authority, name: 'b' } })],
  'backend.s3.caSecret.key': [s3({ caSecret: authority }), s3({ caSecret: { ...authority, key: 'b' } })],
  'backend.s3.overhead': [s3(), s3({ overhead: '1.4' })],
  'backend.hdfs.urls': [hdfs(), hdfs({ urls: ['http://other:9870'] })],
  'backend.hdfs.root': [hdfs(), hdfs({ root: '/other' })],
  'backend.hdfs.prefix': [hdfs(), hdfs({ prefix: 'a' })],
  'backend.hdfs.user': [hdfs(), hdfs({ user: 'lunarx' })],
  'backend.hdfs.tokenSecret.name': [hdfs({ tokenSecret: authority }), hdfs({ tokenSecret: { ...authority, name: 'b' } })],
  'backend.hdfs.tokenSecret.key': [hdfs({ tokenSecret: authority }), hdfs({ tokenSecret: { ...authority, key: 'b' } })],
  'backend.hdfs.replication': [hdfs(), hdfs({ replication: 2 })],
  'backend.hdfs.minBlockBytes': [hdfs(), hdfs({ minBlockBytes: 2 ** 20 })],
  'backend.hdfs.caConfigMap.name': [hdfs({ caConfigMap: authority }), hdfs({ caConfigMap: { ...authority, name: 'b' } })],
  'backend.hdfs.caConfigMap.key': [hdfs({ caConfigMap: authority }), hdfs({ caConfigMap: { ...authority, key: 'b' } })],
  'backend.hdfs.caSecret.name': [hdfs({ caSecret: authority }), hdfs({ caSecret: { ...authority, name: 'b' } })],
  'backend.hdfs.caSecret.key': [hdfs({ caSecret: authority }), hdfs({ caSecret: { ...authority, key: 'b' } })],
}

/** Decisions rather than objects, each with the test that shows what it changes. */
const DECISIONS: Readonly<Record<string, string>> = {
  deletionPolicy: 'test/e2e/api/operator.test.ts',
  'clients[].serviceAccount': 'operator/enrolment/judge.test.ts',
  'verifiers[].serviceAccount': 'operator/enrolment/judge.test.ts',
  'verifiers[].addresses': 'operator/controllers/children/network-policy.test.ts',
  'revoked[].reason': 'operator/enrolment/judge.test.ts',
  'volume.failureDomain': 'operator/enrolment/volume-store.test.ts',
  'lostNode.policy': 'operator/healing/lost-nodes.test.ts',
  'lostNode.afterSeconds': 'operator/healing/lost-nodes.test.ts',
}

/** Paths of the fields that have no fields of their own. */
function leavesOf(schema: JsonSchema, path: string): string[] {
  const fields = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>)
  if (fields.length > 0) return fields.flatMap(([name, field]) => leavesOf(field, path === '' ? name : `${path}.${name}`))
  const items = schema['items'] as JsonSchema | undefined
  return items?.['properties'] === undefined ? [path] : leavesOf(items, `${path}[]`)
}
function specLeaves(definition: ResourceDefinition): string[] {
  const crd = customResourceDefinition(definition) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: JsonSchema } } } }[] }
  }
  return leavesOf(crd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec ?? {}, '')
}

for (const [definition, cases, outputs] of [
  [LUNAR_NETWORK, NETWORK_CASES, ofNetwork],
  [TRACKER, TRACKER_CASES, ofPool(aTrackerPool)],
  [PROVIDER, PROVIDER_CASES, ofPool(aProviderPool)],
] as const) {
  test(`${definition.kind}: every field of a spec changes what is made`, (t) => {
    const leaves = specLeaves(definition)
    t.true(leaves.length >= 6)
    for (const leaf of leaves.filter((path) => !(path in DECISIONS))) {
      const [before, after] = cases[leaf] ?? []
      t.truthy(before, `${leaf}: nothing here says what it changes`)
      if (before && after) t.not(outputs(before), outputs(after), leaf)
    }
    t.deepEqual(
      Object.keys(cases).filter((leaf) => !leaves.includes(leaf)),
      [],
      'fields that are gone',
    )
  })
}
