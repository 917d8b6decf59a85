import { networkConfigSchema, runConfigSchema } from '@lunarx/core/membership'
import test from 'ava'
import { aNetwork, aNetworkObject, aProviderPool, aSpec, aTrackerPool, someVerifiers } from '../pools.fixture.ts'
import { networkConfig, rowSurvive } from './network-children.ts'
import { capacityBytes, runConfig } from './run-config.ts'
import { service } from './service.ts'
import { planReplicas, statefulSet, versionOf, type StatefulSet } from './stateful-set.ts'

const OPTIONS = { fallbackImage: 'localhost/lunarx-node:1', configFingerprint: 'f' }

test('what pods read is what lunarx run accepts', (t) => {
  const provider = runConfigSchema.parse(runConfig(aProviderPool({ volume: { size: '2Gi' } })))
  t.is(provider.host, '$(POD_NAME).pool-a.ns.svc')
  t.is(provider.capacityBytes, 2 ** 31 - Math.ceil(2 ** 31 / 20))
  const tracker = runConfigSchema.parse(runConfig(aTrackerPool()))
  t.is(tracker.role, 'tracker')
  t.is(tracker.capacityBytes, undefined)
  const verifier = runConfigSchema.parse(runConfig(someVerifiers()))
  t.like(verifier, { role: 'verifier', host: '$(POD_NAME).tracker-verifier.ns.svc', capacityBytes: undefined })
})

test('the client configuration is one that peers accept, and names every tracker pod', (t) => {
  const config = networkConfig(aNetworkObject(), aSpec(), '0'.repeat(64), [aTrackerPool({ replicas: 2 })], {
    url: 'https://op.sys.svc:8443',
    ca: 'PEM',
  })
  t.deepEqual(networkConfigSchema.parse(config), config)
  t.is(config.network, 'ns/lunar')
  t.deepEqual(
    config.trackers.map(({ host }) => host),
    ['tracker-0.tracker.ns.svc', 'tracker-1.tracker.ns.svc'],
  )
})

test('clients and trackers are told where backup copies go', (t) => {
  const classes = [{ name: 'gold', required: 4, parity: 2, copies: [{ pools: ['attic', 'cellar'] }] }]
  const issuer = { url: 'https://op.sys.svc:8443', ca: 'PEM' }
  const config = networkConfig(aNetworkObject(), aSpec({ classes, defaultClass: 'gold' }), '0'.repeat(64), [aTrackerPool()], issuer)
  t.deepEqual(config.classes[0]?.copies, [{ pools: ['attic', 'cellar'] }])
})

test('rows survive what is stated, or the most that a class survives', (t) => {
  const classes = [
    { name: 'a', required: 4, parity: 2, survive: 1 },
    { name: 'b', required: 10, parity: 4, survive: 2 },
  ]
  t.is(rowSurvive(aSpec({ classes, defaultClass: 'a' })), 2)
  t.is(rowSurvive(aSpec({ classes, defaultClass: 'a', survive: 3 })), 3)
})

for (const [size, capacity, bytes] of [
  ['10Gi', undefined, 10 * 2 ** 30 - 2 ** 29],
  ['1Gi', undefined, 2 ** 30 - 2 ** 26],
  ['32Mi', undefined, 0],
  ['10Gi', '4Gi', 2 ** 32],
] as const)
  test(`capacity of ${size}, ${capacity ?? 'not stated'}`, (t) => t.is(capacityBytes(size, capacity), bytes))

for (const [wanted, live, needed, replicas] of [
  [3, undefined, undefined, 3],
  [5, 3, undefined, 5],
  [3, 5, undefined, 5],
  [3, 3, undefined, 3],
  [3, 5, 5, 5],
  [3, 5, 4, 4],
  [3, 5, 3, 3],
  [3, 3, 4, 4],
  [6, 5, 3, 6],
] as const)
  test(`${wanted} pods wanted, ${live ?? 'none'} live, ${needed ?? 'nobody knows how many'} needed`, (t) =>
    t.is(planReplicas(wanted, live, needed), replicas))

test('pods that are not needed any more go', (t) => {
  const live = statefulSet(aProviderPool({ replicas: 4 }), aNetwork(), undefined, OPTIONS) as StatefulSet
  const replicas = (needed?: number) =>
    (statefulSet(aProviderPool({ replicas: 2 }), aNetwork(), live, { ...OPTIONS, needed }) as StatefulSet).spec.replicas
  t.is(replicas(), 4)
  t.is(replicas(3), 3)
  t.is(replicas(2), 2)
})

test('a StatefulSet that was deleted by hand comes back with all its pods', (t) => {
  const set = statefulSet(aProviderPool({ replicas: 2 }, { replicas: 4 }), aNetwork(), undefined, OPTIONS) as StatefulSet
  t.is(set.spec.replicas, 4)
})

test('the image: named by the network, else what runs, else what the operator was installed with', (t) => {
  const pool = aProviderPool()
  const image = (set: unknown) => (set as StatefulSet).spec.template?.spec?.containers?.[0]?.image
  const live = statefulSet(pool, aNetwork(), undefined, { ...OPTIONS, fallbackImage: 'old:1' }) as StatefulSet
  t.is(image(live), 'old:1')
  t.is(image(statefulSet(pool, aNetwork(), live, { ...OPTIONS, fallbackImage: 'new:2' })), 'old:1')
  t.is(image(statefulSet(pool, aNetwork({ image: 'named:3' }), live, OPTIONS)), 'named:3')
})

test('volumes: the template of a live StatefulSet is kept, since it cannot be changed', (t) => {
  const storage = (set: StatefulSet) => set.spec.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage']
  const live = statefulSet(aProviderPool({ volume: { size: '1Gi' } }), aNetwork(), undefined, OPTIONS) as StatefulSet
  t.is(storage(live), '1Gi')
  t.is(storage(statefulSet(aProviderPool({ volume: { size: '2Gi' } }), aNetwork(), live, OPTIONS) as StatefulSet), '1Gi')
})

test('verifiers are as many as are wanted, and their keys go with them', (t) => {
  const setOf = (replicas: number, live?: StatefulSet) => statefulSet(someVerifiers({ replicas }), aNetwork(), live, OPTIONS) as StatefulSet
  const four = setOf(4)
  t.like(four.metadata, { name: 'tracker-verifier', ownerReferences: [{ kind: 'Tracker', name: 'tracker', uid: 'uid-tracker' }] })
  t.like(four.spec, {
    replicas: 4,
    serviceName: 'tracker-verifier',
    updateStrategy: { type: 'RollingUpdate' },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
  })
  t.is(setOf(0, four).spec.replicas, 0)
  t.is(
    (statefulSet(aTrackerPool({ replicas: 1 }), aNetwork(), { ...four, spec: { replicas: 4 } }, OPTIONS) as StatefulSet).spec.replicas,
    4,
  )
})

test('the volumes of verifiers are of the storage class of their trackers, and as small as volumes are', (t) => {
  const volumes = (volume: object) =>
    (statefulSet(someVerifiers({ replicas: 1 }, { volume }), aNetwork(), undefined, OPTIONS) as StatefulSet).spec.volumeClaimTemplates
  t.like(volumes({ size: '20Gi', storageClassName: 'fast' })?.[0], {
    spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
  })
  t.false('storageClassName' in (volumes({ size: '20Gi' })?.[0]?.spec ?? {}))
})

test('providers and verifiers do not open the admin port, trackers do', (t) => {
  const ports = (made: unknown) => (made as { spec: { ports: { name: string }[] } }).spec.ports.map(({ name }) => name)
  t.false(ports(service(aProviderPool(), aNetwork())).includes('admin'))
  t.deepEqual(ports(service(someVerifiers(), aNetwork())), ['control', 'data', 'health'])
  t.true(ports(service(aTrackerPool(), aNetwork())).includes('admin'))
})

for (const [image, version] of [
  ['lunarx-node:1.2.3', '1.2.3'],
  ['localhost:5000/lunarx-node', 'latest'],
  ['host:5000/a/b:v1@sha256:0123456789abcdef', 'v1'],
  ['a@sha256:0123456789abcdef', '0123456789ab'],
] as const)
  test(`version of ${image}`, (t) => t.is(versionOf(image), version))
