import { runConfigSchema, volumeRoomSchema } from '@lunarx/core/membership'
import test from 'ava'
import { KINDS, type KubeObject } from '../kube/index.ts'
import type { RunFiles } from './children/run-config.ts'
import type { StatefulSet } from './children/stateful-set.ts'
import { SmallCluster } from './cluster.fixture.ts'
import type { VolumeClaim } from './deps.ts'
import { LUNAR_KINDS } from './pool.ts'
import { aNetworkObject } from './pools.fixture.ts'
import { reconcilePool } from './reconcile-pool.ts'

const signal = new AbortController().signal
const resource = (kind: 'Provider' | 'Tracker', name: string, spec: object): KubeObject => ({
  apiVersion: 'lunarx.dev/v1alpha1',
  kind,
  metadata: { name, namespace: 'ns', uid: `uid-${name}`, generation: 1 },
  spec: { network: 'lunar', replicas: 2, volume: { size: '2Gi' }, ...spec },
})
const claim = (pod: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: `data-${pod}`, namespace: 'ns', uid: pod, labels: { 'app.kubernetes.io/instance': pod.replace(/-\d+$/, '') } },
  spec: { storageClassName: 'fixed', resources: { requests: { storage: '1Gi' } } },
  status: { phase: 'Bound', capacity: { storage: '1Gi' } },
})
const sizeOf = (cluster: SmallCluster, name: string) =>
  (cluster.get(KINDS.persistentVolumeClaim, name) as VolumeClaim | undefined)?.spec.resources?.requests?.['storage']
const QUOTA = 'is forbidden: exceeded quota: none'

/** A network with a client configuration, a pool of providers, and what the server refuses. */
function world(...refused: RegExp[]) {
  const cluster = new SmallCluster()
  cluster.put(LUNAR_KINDS.network, aNetworkObject())
  const data = { 'network.json': '{}' }
  cluster.put(KINDS.configMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lunar-client', namespace: 'ns' }, data })
  cluster.put(LUNAR_KINDS.provider, resource('Provider', 'pool', { expose: 'NodePort' }))
  cluster.put(LUNAR_KINDS.tracker, resource('Tracker', 'tracker', { verifiers: { replicas: 1 } }))
  for (const path of refused) cluster.refusals.push({ path, status: 403, message: `it ${QUOTA}` })
  return cluster
}
const reconcile = (cluster: SmallCluster, component: 'provider' | 'tracker' = 'provider') =>
  reconcilePool(component, `ns/${component === 'provider' ? 'pool' : 'tracker'}`, cluster.deps, signal)
const said = (cluster: SmallCluster, kind: 'provider' | 'tracker' = 'provider') =>
  cluster.conditions(LUNAR_KINDS[kind], kind === 'provider' ? 'pool' : 'tracker')

test('nothing is refused: the pool is made, and nobody is warned', async (t) => {
  const cluster = world()
  await reconcile(cluster)
  t.truthy(cluster.get(KINDS.statefulSet, 'pool'))
  t.regex(said(cluster)['GrowRefused'] ?? '', /^False NotRefused/)
  t.deepEqual(cluster.warnings(), [])
})

for (const [kind, plural, component] of [
  ['ServiceAccount', 'serviceaccounts', 'provider'],
  ['Service', 'services', 'provider'],
  ['ConfigMap', 'configmaps', 'provider'],
  ['NetworkPolicy', 'networkpolicies', 'provider'],
  ['StatefulSet', 'statefulsets', 'provider'],
  ['PodDisruptionBudget', 'poddisruptionbudgets', 'tracker'],
] as const)
  test(`a ${kind} that is refused is told at once, and tried again`, async (t) => {
    const cluster = world(new RegExp(`/${plural}/`))
    t.is((await reconcile(cluster, component)).requeueAfterMs, 30_000)
    const { Ready = '' } = said(cluster, component)
    t.regex(Ready, new RegExp(`^False ObjectRefused: ${kind} ns/.*: it ${QUOTA}$`))
    t.deepEqual(cluster.warnings(), [Ready.replace(/^False /, '')])
    cluster.refusals.length = 0
    await reconcile(cluster, component)
    t.regex(said(cluster, component)['Ready'] ?? '', /^False PodsNotReady/)
    t.truthy(cluster.get(KINDS.statefulSet, component === 'provider' ? 'pool' : 'tracker'))
  })

test('pods that are refused to the controller of their StatefulSet are told in its words', async (t) => {
  const cluster = world()
  await reconcile(cluster)
  const { uid } = cluster.get(KINDS.statefulSet, 'pool')?.metadata ?? {}
  const message = `create Claim data-pool-0 failed error: it ${QUOTA}`
  const told = { metadata: { name: 'e', namespace: 'ns' }, message, lastTimestamp: '2026-01-01T00:00:00Z', involvedObject: { uid } }
  cluster.put(KINDS.event, { apiVersion: 'v1', kind: 'Event', ...told })
  t.is((await reconcile(cluster)).requeueAfterMs, 5_000)
  t.is(said(cluster)['Ready'], `False PodsRefused: ${message}`)
  t.deepEqual(cluster.warnings(), [`PodsRefused: ${message}`])
})

test('claims that may not grow are told, and all else is done', async (t) => {
  const cluster = world(/persistentvolumeclaims/)
  for (const pod of ['pool-0', 'pool-1']) cluster.put(KINDS.persistentVolumeClaim, claim(pod))
  t.true(((await reconcile(cluster)).requeueAfterMs ?? Infinity) <= 30_000)
  const told = `2 of 2 volume claims stay smaller than spec.volume.size (2Gi). data-pool-0 of StorageClass fixed: it ${QUOTA}`
  t.is(said(cluster)['GrowRefused'], `True ClaimsRefused: ${told}`)
  t.regex(said(cluster)['Ready'] ?? '', /^False PodsNotReady/)
  t.deepEqual(cluster.warnings(), [`GrowRefused: ${told}`])
  t.truthy(cluster.get(KINDS.service, 'pool-1-outside'))
})

interface RunFilesObject extends KubeObject {
  readonly data: RunFiles
}
/** What pods read, and the fingerprint by which they are replaced. */
function readByPods(cluster: SmallCluster) {
  const { data } = cluster.get(KINDS.configMap, 'pool-config') as RunFilesObject
  const set = cluster.get(KINDS.statefulSet, 'pool') as StatefulSet
  const room = data['volumes.json'] && volumeRoomSchema.parse(JSON.parse(data['volumes.json'])).room
  const stated = runConfigSchema.parse(JSON.parse(data['run.json'].replaceAll('$(POD_NAME)', 'pool-0')))
  return { stated, room, asked: set.spec.template?.metadata?.annotations }
}

test('a provider is told of no more room than its volume has, until it has grown; none is restarted for it', async (t) => {
  const cluster = world(/persistentvolumeclaims/)
  await reconcile(cluster)
  const { asked, room } = readByPods(cluster)
  t.is(room, undefined)
  for (const pod of ['pool-0', 'pool-1']) cluster.put(KINDS.persistentVolumeClaim, claim(pod))
  await reconcile(cluster)
  const refused = readByPods(cluster)
  t.deepEqual(refused.room, { 'pool-0.pool.ns.svc': 2 ** 30 - 2 ** 26, 'pool-1.pool.ns.svc': 2 ** 30 - 2 ** 26 })
  t.is(refused.stated.capacityBytes, 2 ** 31 - Math.ceil(2 ** 31 / 20))
  cluster.put(KINDS.persistentVolumeClaim, { ...claim('pool-0'), status: { phase: 'Bound', capacity: { storage: '2Gi' } } })
  cluster.remove(KINDS.configMap, 'pool-config')
  await reconcile(cluster)
  const grown = readByPods(cluster)
  t.deepEqual(grown.room, { 'pool-1.pool.ns.svc': 2 ** 30 - 2 ** 26 })
  t.deepEqual([refused.asked, grown.asked], [asked, asked])
})

test('room in a bucket is no matter of volumes', async (t) => {
  const cluster = world()
  const s3 = { endpoint: 'http://minio:9000', bucket: 'shards', credentialsSecret: { name: 'keys' } }
  cluster.put(LUNAR_KINDS.provider, resource('Provider', 'pool', { capacity: '8Gi', backend: { s3 } }))
  cluster.put(KINDS.persistentVolumeClaim, claim('pool-0'))
  await reconcile(cluster)
  const { room, stated } = readByPods(cluster)
  t.deepEqual([room, stated.capacityBytes], [undefined, 2 ** 33])
})

test('what is refused to a pool that runs stops nothing else that is done for it', async (t) => {
  const cluster = world()
  await reconcile(cluster)
  cluster.put(KINDS.persistentVolumeClaim, claim('pool-0'))
  cluster.put(LUNAR_KINDS.provider, { ...resource('Provider', 'pool', { capacity: '1Gi', expose: 'LoadBalancer' }) })
  cluster.refusals.push({ path: /pool-config/, status: 403, message: QUOTA })
  await reconcile(cluster)
  t.regex(said(cluster)['Ready'] ?? '', /^False ObjectRefused: ConfigMap ns\/pool-config/)
  t.is(sizeOf(cluster, 'data-pool-0'), '2Gi')
  t.like(cluster.get(KINDS.service, 'pool-0-outside'), { spec: { type: 'LoadBalancer' } })
})

test('while nothing of a pool is made, claims of its name are let be: they may be those of another', async (t) => {
  const cluster = world(/\/serviceaccounts\/pool$/)
  cluster.put(KINDS.persistentVolumeClaim, claim('pool-0'))
  await reconcile(cluster)
  t.is(sizeOf(cluster, 'data-pool-0'), '1Gi')
})

test('a pool that cannot be held until it is drained is not made, and that is told', async (t) => {
  const cluster = world(/\/providers\/pool$/)
  await reconcile(cluster)
  t.is(said(cluster)['Ready'], `False ObjectRefused: it ${QUOTA}`)
  t.is(cluster.get(KINDS.statefulSet, 'pool'), undefined)
})

test('verifiers and Services for those outside that are refused are told in conditions of their own', async (t) => {
  const cluster = world(/tracker-verifier$/, /-outside$/)
  await reconcile(cluster)
  await reconcile(cluster, 'tracker')
  t.regex(said(cluster)['Exposed'] ?? '', /^False ServiceRefused: .* Service ns\/pool-0-outside: it is forbidden/)
  t.regex(said(cluster, 'tracker')['VerifiersReady'] ?? '', /^False VerifiersRefused: .* ns\/tracker-verifier: it is forbidden/)
  t.truthy(cluster.get(KINDS.statefulSet, 'tracker'))
})
