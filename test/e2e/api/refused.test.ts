/**
 * What a real API server refuses: volumes of a class that lets none grow, and objects beyond a quota. It is told, all else goes on, and it is
 * done by itself once it may be.
 *
 * @module
 */
import { volumeRoomSchema, type VolumeRoom } from '@lunarx/core/membership'
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import { hasStatus, type KubeObject, type ResourceKind } from '@lunarx/operator/kube'
import test from 'ava'
import { testCluster } from '../cluster.ts'
import { installCrds, KINDS, openCluster, until } from './cluster.ts'
import { OURS } from './operator.ts'
import { worldOf, type World } from './world.ts'

const cluster = openCluster()
const { client } = cluster
test.before(() => installCrds(cluster))
const world: World = worldOf(cluster)

const CLASS: ResourceKind = { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', plural: 'storageclasses', namespaced: false }
const QUOTA: ResourceKind = { group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', namespaced: true }
const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class'

interface StorageClass extends KubeObject {
  readonly allowVolumeExpansion?: boolean
}
interface Claim extends KubeObject {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } }
  readonly status?: { readonly phase?: string }
}
interface Event extends KubeObject {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly name: string }
}

/** The default class under another name, by which no volume grows. */
async function makeFixedClass(t: { teardown(clean: () => Promise<unknown>): void }): Promise<string> {
  const { items } = await client.list<StorageClass>(CLASS, {})
  const standard = items.find(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true')
  if (standard === undefined) throw new Error('the cluster has no default StorageClass')
  const name = `fixed-${Buffer.from(cluster.deps.random.bytes(4)).toString('hex')}`
  await client.create<StorageClass>(CLASS, { ...standard, metadata: { name }, allowVolumeExpansion: false })
  t.teardown(() => client.remove(CLASS, { name }))
  return name
}

const sizesOf = async (namespace: string): Promise<string[]> => {
  const { items } = await client.list<Claim>(KINDS.persistentVolumeClaim, { namespace, labelSelector: 'app.kubernetes.io/instance=pool' })
  return items.filter(({ status }) => status?.phase === 'Bound').map(({ spec }) => spec.resources.requests.storage)
}
interface RunFiles extends KubeObject {
  readonly data: { readonly 'run.json': string; readonly 'volumes.json'?: string }
}
/** Host → bytes of shards that there is room for, as pods are told; undefined: their volumes are as large as is wanted. */
async function roomOf(namespace: string): Promise<VolumeRoom['room'] | undefined> {
  const config = await client.get<RunFiles>(KINDS.configMap, { namespace, name: 'pool-config' })
  const text = config?.data['volumes.json']
  return text === undefined ? undefined : volumeRoomSchema.parse(JSON.parse(text)).room
}
const bound = (namespace: string) => until('three bound claims', async () => ((await sizesOf(namespace)).length === 3 ? true : undefined))
const grown = (namespace: string) =>
  until('three grown claims', async () => ((await sizesOf(namespace)).every((size) => size === '96Mi') ? true : undefined))
const warned = (namespace: string, name: string, reason: string, message: RegExp) =>
  until(`a warning of ${name}: ${reason}`, async () => {
    const { items } = await client.list<Event>(KINDS.event, { namespace })
    return items.find(
      (event) => event.type === 'Warning' && event.reason === reason && event.involvedObject.name === name && message.test(event.message),
    )
  })

test('a class that lets no volume grow: the pool says so and does all else, and its volumes grow once they may', async (t) => {
  const storageClassName = await makeFixedClass(t)
  const { namespace, condition } = await world(t, undefined, {}, { volume: { size: '64Mi', storageClassName } })
  await condition('provider', 'pool', 'GrowRefused', 'False NotRefused')
  await bound(namespace)
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool' }, { spec: { volume: { size: '96Mi' }, expose: 'NodePort' } })
  const { message } = await condition('provider', 'pool', 'GrowRefused', 'True ClaimsRefused')
  t.regex(message, new RegExp(`^3 of 3 volume claims stay smaller .* of StorageClass ${storageClassName}: .*resize`))
  await warned(namespace, 'pool', 'GrowRefused', /resize/)
  for (const pod of ['pool-0', 'pool-2'])
    await until(`a Service for ${pod}`, () => client.get(KINDS.service, { namespace, name: `${pod}-outside` }))
  await condition('provider', 'pool', 'Ready', 'False PodsNotReady')
  t.deepEqual(await sizesOf(namespace), ['64Mi', '64Mi', '64Mi'])
  // all of 64 MiB is kept free for indexes, rows and records
  t.deepEqual(await roomOf(namespace), Object.fromEntries([0, 1, 2].map((i) => [`pool-${i}.pool.${namespace}.svc`, 0])))

  await client.merge(CLASS, { name: storageClassName }, { allowVolumeExpansion: true })
  await grown(namespace)
  await condition('provider', 'pool', 'GrowRefused', 'False NotRefused')
  // elsewhere there may be nobody who resizes volumes
  if (testCluster().lab !== undefined)
    await until('volumes that have grown', async () => ((await roomOf(namespace)) === undefined ? true : undefined))
})

/** A quota that is in force: the API server hears of it a moment after it was made. */
async function makeQuota(namespace: string, hard: Readonly<Record<string, string>>): Promise<void> {
  await client.create<KubeObject>(QUOTA, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace }, spec: { hard } })
  const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe', namespace } }
  await until('a quota in force', async () => {
    try {
      await client.create<KubeObject>(KINDS.configMap, probe)
      await client.remove(KINDS.configMap, { namespace, name: 'probe' })
      return undefined
    } catch (error) {
      if (!hasStatus(error, 403) || !error.message.includes('exceeded quota')) return undefined
      return true
    }
  })
}

test('a quota: what may not be made or grow is told, and comes by itself once there is room', async (t) => {
  const { namespace, condition, statefulSet } = await world(t)
  await statefulSet('tracker')
  await bound(namespace)
  await makeQuota(namespace, { configmaps: '0', services: '0', 'requests.storage': '1Mi' })
  const make = (kind: keyof typeof LUNAR_KINDS, name: string, spec: object) =>
    client.create<KubeObject>(LUNAR_KINDS[kind], {
      apiVersion: 'lunarx.dev/v1alpha1',
      kind: LUNAR_KINDS[kind].kind,
      metadata: { name, namespace, annotations: OURS },
      spec,
    })

  await make('provider', 'late', { network: 'lunar', replicas: 1, volume: { size: '64Mi' } })
  const late = await condition('provider', 'late', 'Ready', 'False ObjectRefused')
  t.regex(late.message, new RegExp(`^Service ${namespace}/late: .*exceeded quota: none`))
  await warned(namespace, 'late', 'ObjectRefused', /exceeded quota: none/)
  t.is(await client.get(KINDS.statefulSet, { namespace, name: 'late' }), undefined)

  await make('network', 'sun', { classes: [{ name: 'standard', required: 2, parity: 1 }], defaultClass: 'standard' })
  await make('tracker', 'sun', { network: 'sun', replicas: 1 })
  const sun = await condition('network', 'sun', 'Ready', 'False ObjectRefused')
  t.regex(sun.message, new RegExp(`^ConfigMap ${namespace}/sun-client: .*exceeded quota: none`))
  await condition('tracker', 'sun', 'Ready', 'False NetworkNotReady')

  await client.merge(LUNAR_KINDS.tracker, { namespace, name: 'tracker' }, { spec: { replicas: 4 } })
  const fourth = await condition('tracker', 'tracker', 'Ready', 'False PodsRefused')
  t.regex(fourth.message, /data-tracker-3 .*exceeded quota: none/)

  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool' }, { spec: { volume: { size: '96Mi' } } })
  const { message } = await condition('provider', 'pool', 'GrowRefused', 'True ClaimsRefused')
  t.regex(message, /^3 of 3 volume claims stay smaller .* data-pool-\d of StorageClass \S+: .*exceeded quota: none/)
  await condition('provider', 'pool', 'Ready', 'False PodsNotReady')

  await client.remove(QUOTA, { namespace, name: 'none' })
  await grown(namespace)
  await condition('provider', 'pool', 'GrowRefused', 'False NotRefused')
  await statefulSet('late')
  await statefulSet('sun')
  await condition('provider', 'late', 'Ready', 'False PodsNotReady')
})
