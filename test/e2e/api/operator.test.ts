/**
 * The operator against a real API server: what it makes, mends, refuses and leaves alone. Trackers are scripted here.
 *
 * @module
 */
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { networkConfigSchema } from '@lunarx/core/membership'
import { documentOfText } from '@lunarx/core/document'
import { signEpoch, verifyEpoch } from '@lunarx/core/epoch'
import { covers, epochName, LUNAR_KINDS, MANAGED_SELECTOR, outsideServiceName, podNames } from '@lunarx/operator/controllers'
import { FIELD_MANAGER, keyOf, type KubeObject } from '@lunarx/operator/kube'
import test from 'ava'
import { until as within } from '../../../hack/cluster/cluster.ts'
import { freePods, restrictPods } from '../../../hack/cluster/network.ts'
import { testCluster } from '../cluster.ts'
import { isFullRun, noteInReport } from '../report.ts'
import { installCrds, KINDS, openCluster, until, type Conditioned } from './cluster.ts'
import { OURS } from './operator.ts'
import { RecordingClient, type Applied } from './recording-client.ts'
import { ScriptedFleet } from './scripted-fleet.ts'
import { worldOf, type World } from './world.ts'

const cluster = openCluster()
const { client } = cluster
test.before(() => installCrds(cluster))
const world: World = worldOf(cluster)

interface Managed extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly managedFields: readonly {
      readonly manager: string
      readonly operation: string
      readonly subresource?: string
      readonly fieldsV1: object
    }[]
  }
}

const CHILDREN = [KINDS.statefulSet, KINDS.service, KINDS.serviceAccount, KINDS.configMap, KINDS.podDisruptionBudget, KINDS.networkPolicy]

/** In every namespace. */
const OF_KUBERNETES = new Set(['default', 'kube-root-ca.crt'])

test('children: made, owned, labelled; one that is deleted comes back; annotations of others stay', async (t) => {
  const { namespace, statefulSet } = await world(t)
  await statefulSet('tracker')
  await statefulSet('pool')
  for (const kind of CHILDREN) {
    const items = (await client.list(kind, { namespace })).items.filter(({ metadata: { name } }) => !OF_KUBERNETES.has(name))
    t.true(items.length >= 2, kind.plural)
    for (const { metadata } of items) {
      t.is(metadata.labels?.['app.kubernetes.io/managed-by'], 'lunarx-operator', metadata.name)
      t.is(metadata.ownerReferences?.filter(({ controller }) => controller).length, 1, metadata.name)
      t.is(metadata.labels?.['app.kubernetes.io/part-of'], 'lunarx')
      t.is(metadata.labels?.['lunarx.dev/network'], 'lunar')
    }
  }
  await client.merge(
    KINDS.service,
    { namespace, name: 'pool' },
    { metadata: { annotations: { theirs: 'x' } }, spec: { publishNotReadyAddresses: false } },
  )
  const mended = await until('the Service as meant', async () => {
    const live = await client.get<KubeObject & { readonly spec: { readonly publishNotReadyAddresses?: boolean } }>(KINDS.service, {
      namespace,
      name: 'pool',
    })
    return live?.spec.publishNotReadyAddresses === true ? live : undefined
  })
  t.is(mended.metadata.annotations?.['theirs'], 'x')
  const before = mended.metadata.uid
  await client.remove(KINDS.service, { namespace, name: 'pool' })
  const removedMs = performance.now()
  await until('the Service again', async () => {
    const live = await client.get(KINDS.service, { namespace, name: 'pool' })
    return live !== undefined && live.metadata.uid !== before ? live : undefined
  })
  const seconds = (performance.now() - removedMs) / 1000
  noteInReport(t, import.meta.url, { deletedServiceBackSeconds: Math.round(seconds) })
  if (isFullRun) t.true(seconds <= 10, `${seconds} s`)
})

test('the server holds policies as they were meant, and nobody’s spec was written to', async (t) => {
  const { namespace, statefulSet } = await world(t)
  for (const name of ['pool', 'tracker']) {
    await statefulSet(name)
    const policy = await until(`policy of ${name}`, () =>
      client.get<KubeObject & { readonly spec: { readonly ingress: readonly { readonly from?: readonly object[] }[] } }>(
        KINDS.networkPolicy,
        {
          namespace,
          name,
        },
      ),
    )
    t.true(policy.spec.ingress.length > 0)
    for (const { from = [] } of policy.spec.ingress) t.true(from.length > 0, JSON.stringify(policy.spec))
  }
  for (const [kind, name] of [
    [LUNAR_KINDS.network, 'lunar'],
    [LUNAR_KINDS.tracker, 'tracker'],
    [LUNAR_KINDS.provider, 'pool'],
  ] as const) {
    const live = await until(`${name} has a status`, async () => {
      const object = await client.get<Managed>(kind, { namespace, name })
      return object?.status === undefined ? undefined : object
    })
    t.is(live.metadata.generation, 1, name)
    const applied = live.metadata.managedFields.filter(({ operation }) => operation === 'Apply')
    t.true(applied.some(({ subresource }) => subresource === 'status'))
    for (const { manager, fieldsV1 } of applied) {
      t.is(manager, FIELD_MANAGER)
      t.false('f:spec' in fieldsV1, name)
    }
  }
})

/** The kinds and names that the server holds otherwise than they were meant. */
async function heldOtherwise(meant: readonly Applied[]): Promise<string[]> {
  const held = await Promise.all(
    meant.map(async ({ kind, object }) => {
      const { namespace, name } = object.metadata
      return covers(await client.get(kind, { namespace, name }), object) ? [] : [`${kind.kind} ${name}`]
    }),
  )
  return held.flat()
}

/** The epoch is no child that is kept as it is meant: it is written by compare-and-swap. */
const isMeant = (child: KubeObject, meant: ReadonlyMap<string, Applied>): boolean =>
  child.metadata.name === epochName('lunar') || meant.has(`${child.kind} ${keyOf(child)}`)

test('the server holds every child of a network and of its pools as it was meant', async (t) => {
  const recording = new RecordingClient(cluster.connection)
  const inWorld: World = worldOf({ ...cluster, client: recording })
  const { namespace, condition, statefulSet } = await inWorld(t, new ScriptedFleet('pool', 3).reach, {}, { expose: 'NodePort' })
  await client.merge(LUNAR_KINDS.tracker, { namespace, name: 'tracker' }, { spec: { verifiers: { replicas: 1 } } })
  await condition('network', 'lunar', 'Ready', 'True Serving')
  for (const name of ['pool', 'tracker', 'tracker-verifier']) await statefulSet(name)
  /** The last word on each. */
  const meant = () =>
    new Map(recording.applied.flatMap((one) => (one.kind === KINDS.event ? [] : [[`${one.kind.kind} ${keyOf(one.object)}`, one] as const])))
  const children = async () => {
    const lists = await Promise.all(CHILDREN.map((kind) => client.list(kind, { namespace, labelSelector: MANAGED_SELECTOR })))
    return lists.flatMap(({ items }) => items)
  }
  const services = ['pool', 'tracker'].flatMap((pool) => podNames(pool, 3).map(outsideServiceName))
  for (const name of services) await until(`Service ${name}`, () => client.get(KINDS.service, { namespace, name }))
  let otherwise: readonly string[] = []
  await until('what was meant', async () => {
    const unmeant = (await children()).filter((child) => !isMeant(child, meant())).map(keyOf)
    otherwise = [...(await heldOtherwise([...meant().values()])), ...unmeant]
    return otherwise.length === 0 ? true : undefined
  }).catch(() => undefined)
  t.deepEqual(otherwise, [])
  const held = await children()
  for (const kind of CHILDREN) t.true(held.filter((child) => child.kind === kind.kind).length >= 2, kind.kind)
})

test('observedGeneration follows a change of each spec, in the status and in every condition of it', async (t) => {
  const { namespace, condition } = await world(t, new ScriptedFleet('pool', 3).reach)
  await condition('network', 'lunar', 'Ready', 'True Serving')
  const asking = { resources: { requests: { memory: '1Mi' } } }
  for (const [kind, name, spec] of [
    [LUNAR_KINDS.network, 'lunar', { repair: { rebuildAfterSeconds: 901 } }],
    [LUNAR_KINDS.tracker, 'tracker', asking],
    [LUNAR_KINDS.provider, 'pool', asking],
  ] as const) {
    const { metadata } = await client.merge<KubeObject>(kind, { namespace, name }, { spec })
    t.is(metadata.generation, 2, name)
    const { conditions = [] } = await until(`the status of ${name} of generation 2`, async () => {
      const live = await client.get<Conditioned>(kind, { namespace, name })
      return live?.status?.observedGeneration === 2 ? live.status : undefined
    })
    for (const type of ['Ready', 'Healthy', 'Progressing'])
      t.true(
        conditions.some((one) => one.type === type),
        `${name} ${type}`,
      )
    t.deepEqual(
      conditions.filter(({ observedGeneration }) => observedGeneration !== 2),
      [],
      name,
    )
  }
})

test('pods pass the restricted standard, and start with a token for their own network alone', async (t) => {
  const { namespace } = await world(t)
  const pods = await until('pods of tracker and pool', async () => {
    const { items } = await client.list<KubeObject & { readonly spec: { readonly volumes: readonly object[] } }>(KINDS.pod, {
      namespace,
      labelSelector: 'lunarx.dev/network=lunar',
    })
    return items.length === 6 ? items : undefined
  })
  for (const pod of pods) t.true(JSON.stringify(pod.spec.volumes).includes(`"audience":"lunarx.dev/${namespace}/lunar"`))

  const plain = { name: 'plain', image: 'localhost/none' }
  const metadata = { name: 'plain', namespace }
  await freePods(testCluster(), namespace)
  // the API server judges by the label, and by the pods, that its own cache knows, which is a moment behind
  await within('a pod that is let in', 60_000, () =>
    client.create<KubeObject>(KINDS.pod, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [plain] } }),
  )
  const told = await within('a warning of the other pod', 60_000, async () => {
    await freePods(testCluster(), namespace)
    const refusal = await restrictPods(testCluster(), namespace).catch(String)
    return /violate the new PodSecurity enforce level/.test(refusal) ? refusal : undefined
  })
  t.regex(told, /Warning: plain: /)
  await client.remove(KINDS.pod, metadata, { graceSeconds: 0 })
  await within('no warning', 60_000, async () => {
    await freePods(testCluster(), namespace)
    return await restrictPods(testCluster(), namespace)
  })
})

test('the network key is made once; without it, or with another one, the network is not ready and no other key is made', async (t) => {
  const { namespace, condition } = await world(t)
  await condition('network', 'lunar', 'Ready', 'False TrackersUnreachable')
  const network = await client.get<KubeObject & { readonly status: { readonly networkKey: string } }>(LUNAR_KINDS.network, {
    namespace,
    name: 'lunar',
  })
  const config = await client.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KINDS.configMap, {
    namespace,
    name: 'lunar-client',
  })
  const parsed = networkConfigSchema.parse(JSON.parse(config?.data['network.json'] ?? ''))
  t.is(parsed.networkKey, network?.status.networkKey ?? '')
  t.is(parsed.network, `${namespace}/lunar`)
  const secret = await client.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KINDS.secret, {
    namespace,
    name: 'lunar-key',
  })
  t.false(JSON.stringify([network, config]).includes(secret?.data['seed'] ?? ''))
  await client.remove(KINDS.secret, { namespace, name: 'lunar-key' })
  const removedMs = performance.now()
  const { message } = await condition('network', 'lunar', 'Ready', 'False KeyMissing')
  const seconds = (performance.now() - removedMs) / 1000
  noteInReport(t, import.meta.url, { missingKeyNamedSeconds: Math.round(seconds) })
  if (isFullRun) t.true(seconds <= 30, `${seconds} s`)
  t.regex(message, /lunar-key/)
  t.is(await client.get(KINDS.secret, { namespace, name: 'lunar-key' }), undefined)
  await client.create(KINDS.secret, {
    ...secret,
    metadata: { name: 'lunar-key', namespace, labels: secret?.metadata.labels ?? {} },
  } as KubeObject)
  await condition('network', 'lunar', 'Ready', 'False TrackersUnreachable')
  const change = (seed: string | undefined) => client.merge(KINDS.secret, { namespace, name: 'lunar-key' }, { data: { seed } })
  await change(Buffer.alloc(32, 7).toString('base64'))
  await condition('network', 'lunar', 'Ready', 'False KeyChanged')
  const now = await client.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KINDS.configMap, {
    namespace,
    name: 'lunar-client',
  })
  t.deepEqual(now?.data, config?.data, 'peers are told of no other key')
  await change(secret?.data['seed'])
  await condition('network', 'lunar', 'Ready', 'False TrackersUnreachable')
})

test('scale: up is done; down is refused with a condition where no tracker says what pods hold, and nothing is removed', async (t) => {
  const { namespace, statefulSet, condition } = await world(t)
  await statefulSet('pool')
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool', subresource: 'scale' }, { spec: { replicas: 4 } })
  await until('four replicas', async () => ((await statefulSet('pool')).spec.replicas === 4 ? true : undefined))
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool', subresource: 'scale' }, { spec: { replicas: 2 } })
  await condition('provider', 'pool', 'ScaleDownRefused', 'True TrackersUnreachable')
  t.is((await statefulSet('pool')).spec.replicas, 4)
  const scale = await client.get<KubeObject & { readonly status: { readonly selector?: string } }>(LUNAR_KINDS.provider, {
    namespace,
    name: 'pool',
    subresource: 'scale',
  })
  t.is(scale?.status.selector, 'app.kubernetes.io/name=lunarx-provider,app.kubernetes.io/instance=pool')
})

test('volumes grow with the spec', async (t) => {
  const { namespace } = await world(t)
  const sizes = async () => {
    const { items } = await client.list<
      KubeObject & {
        readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } }
        readonly status?: { readonly phase?: string }
      }
    >(KINDS.persistentVolumeClaim, { namespace, labelSelector: 'app.kubernetes.io/instance=pool' })
    return items.filter(({ status }) => status?.phase === 'Bound').map(({ spec }) => spec.resources.requests.storage)
  }
  await until('three bound claims', async () => ((await sizes()).length === 3 ? true : undefined))
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool' }, { spec: { volume: { size: '96Mi' } } })
  await until('three grown claims', async () => ((await sizes()).every((size) => size === '96Mi') ? true : undefined))
  t.pass()
})

test('a pool without a network says so, and a name that belongs to another is not taken', async (t) => {
  const { namespace, condition, statefulSet } = await world(t)
  await statefulSet('tracker')
  const lunar = (kind: string, name: string, spec: unknown): KubeObject => ({
    apiVersion: 'lunarx.dev/v1alpha1',
    kind,
    metadata: { name, namespace, annotations: OURS },
    spec,
  })
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'lost', { network: 'sun' }))
  await condition('provider', 'lost', 'Ready', 'False NetworkNotFound')
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'tracker', { network: 'lunar' }))
  await condition('provider', 'tracker', 'Ready', 'False NameTaken')
  t.is((await statefulSet('tracker')).metadata.labels?.['app.kubernetes.io/component'], 'tracker')
})

test('paused: nothing is written', async (t) => {
  const { namespace, statefulSet } = await world(t)
  await statefulSet('pool')
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool' }, { metadata: { annotations: { 'lunarx.dev/paused': 'true' } } })
  await client.merge(LUNAR_KINDS.tracker, { namespace, name: 'tracker' }, { metadata: { annotations: { 'lunarx.dev/paused': 'true' } } })
  await client.remove(KINDS.service, { namespace, name: 'pool' })
  await client.remove(KINDS.service, { namespace, name: 'tracker' })
  await client.merge(LUNAR_KINDS.tracker, { namespace, name: 'tracker' }, { metadata: { annotations: { 'lunarx.dev/paused': null } } })
  await until('the Service of what is not paused', () => client.get(KINDS.service, { namespace, name: 'tracker' }))
  t.is(await client.get(KINDS.service, { namespace, name: 'pool' }), undefined)
})

test('epoch, health and healing: a claim that is deleted is declared lost at the trackers', async (t) => {
  const fleet = new ScriptedFleet('pool', 3)
  const { namespace, condition } = await world(t, fleet.reach)
  await until('claims', async () =>
    (await client.list(KINDS.persistentVolumeClaim, { namespace, labelSelector: 'app.kubernetes.io/instance=pool' })).items.length === 3
      ? true
      : undefined,
  )
  await condition('network', 'lunar', 'Ready', 'True Serving')
  const network = await client.get<KubeObject & { readonly status: { readonly networkKey: string } }>(LUNAR_KINDS.network, {
    namespace,
    name: 'lunar',
  })
  const config = await client.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KINDS.configMap, {
    namespace,
    name: 'lunar-epoch',
  })
  const epoch = verifyEpoch(
    documentOfText(config?.data['epoch'] ?? ''),
    { network: `${namespace}/lunar`, networkKey: network?.status.networkKey ?? '' },
    nodeCrypto,
  )
  t.is(epoch.number, 1)
  t.is(epoch.members.length, 3)
  t.true(fleet.announced.size > 0)

  const members = await until('members in the status', async () => {
    const pool = await client.get<
      KubeObject & { readonly status?: { readonly members?: readonly { readonly name: string; readonly peer: string }[] } }
    >(LUNAR_KINDS.provider, { namespace, name: 'pool' })
    return pool?.status?.members?.length === 3 ? pool.status.members : undefined
  })
  const victim = members.find(({ name }) => name === 'pool-1')
  await client.remove(KINDS.persistentVolumeClaim, { namespace, name: 'data-pool-1' })
  await client.remove(KINDS.pod, { namespace, name: 'pool-1' })
  await until('the loss is declared', () => Promise.resolve(fleet.lost.has(victim?.peer ?? '') ? true : undefined))
  t.deepEqual([...fleet.lost], [victim?.peer])

  await client.remove(KINDS.configMap, { namespace, name: 'lunar-epoch' })
  const restored = await until('the epoch again', async () => {
    const live = await client.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KINDS.configMap, {
      namespace,
      name: 'lunar-epoch',
    })
    return live?.metadata.uid === config?.metadata.uid ? undefined : live
  })
  t.true(Number(restored.data['number']) >= 1)
  t.true(documentOfText(restored.data['epoch'] ?? '').body.length > 0)

  const secret = await client.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KINDS.secret, {
    namespace,
    name: 'lunar-key',
  })
  const number = Number(restored.data['number']) + 5
  const served = signEpoch({ ...epoch, number }, nodeCrypto.signKey(Buffer.from(secret?.data['seed'] ?? '', 'base64')))
  for (const tracker of fleet.announced.keys()) fleet.announced.set(tracker, served)
  fleet.served = number
  const followed = await until('the epoch that is served, where the cluster was set back to an older one', async () => {
    const live = await client.get<KubeObject & { readonly data: Readonly<Record<string, string>> }>(KINDS.configMap, {
      namespace,
      name: 'lunar-epoch',
    })
    return Number(live?.data['number']) >= number ? live : undefined
  })
  t.is(followed?.metadata.uid, restored.metadata.uid)
})

test('scale-down: what is to go is drained first; then pods and claims go, and their peers are retired', async (t) => {
  const fleet = new ScriptedFleet('pool', 8)
  const { namespace, condition, statefulSet } = await world(t, fleet.reach)
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool', subresource: 'scale' }, { spec: { replicas: 8 } })
  const claims = async () => {
    const { items } = await client.list(KINDS.persistentVolumeClaim, { namespace, labelSelector: 'app.kubernetes.io/instance=pool' })
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name)
  }
  await until('eight claims', async () => ((await claims()).length === 8 ? true : undefined))
  await until('members in the status', async () => {
    const pool = await client.get<KubeObject & { readonly status?: { readonly members?: readonly object[] } }>(LUNAR_KINDS.provider, {
      namespace,
      name: 'pool',
    })
    return pool?.status?.members?.length === 8 ? true : undefined
  })
  const scale = (replicas: number) =>
    client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool', subresource: 'scale' }, { spec: { replicas } })
  await scale(6)
  await condition('provider', 'pool', 'Draining', 'True MovingShards')
  t.is(fleet.draining.size, 2)
  t.is((await statefulSet('pool')).spec.replicas, 8)
  t.is((await claims()).length, 8)

  await scale(7)
  await until('one of them is kept', () => Promise.resolve(fleet.draining.size === 1 ? true : undefined))
  for (const order of fleet.draining.values()) order.isDrained = true
  await until('seven replicas', async () => ((await statefulSet('pool')).spec.replicas === 7 ? true : undefined))
  await until('seven claims', async () => ((await claims()).length === 7 ? true : undefined))
  t.false((await claims()).includes('data-pool-7'))
  await until('its peer is retired', () => Promise.resolve(fleet.retired.size === 1 ? true : undefined))
  t.is(fleet.lost.size, 0, 'nothing was lost')
  await condition('provider', 'pool', 'Draining', 'False NotAsked')

  await scale(2)
  await condition('provider', 'pool', 'ScaleDownRefused', 'True NotEnoughDomains')
  t.is(fleet.draining.size, 0)
  t.is((await statefulSet('pool')).spec.replicas, 7)
})

for (const [policy, stays] of [
  ['Retain', true],
  ['Delete', false],
] as const) {
  test(`a network that is deleted under ${policy}: volumes and key ${stays ? 'stay' : 'go'}, all else goes`, async (t) => {
    const { namespace, statefulSet } = await world(t, undefined, { deletionPolicy: policy })
    await statefulSet('pool')
    await statefulSet('tracker')
    const mine = { namespace, labelSelector: 'lunarx.dev/network=lunar' }
    const claims = async () =>
      (await client.list(KINDS.persistentVolumeClaim, mine)).items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length
    await until('six claims', async () => ((await claims()) === 6 ? true : undefined))
    await client.remove(LUNAR_KINDS.network, { namespace, name: 'lunar' })
    for (const kind of [LUNAR_KINDS.network, LUNAR_KINDS.tracker, LUNAR_KINDS.provider])
      await until(`no ${kind.plural}`, async () => ((await client.list(kind, { namespace })).items.length === 0 ? true : undefined))
    await until('no StatefulSet', async () => ((await client.list(KINDS.statefulSet, mine)).items.length === 0 ? true : undefined))
    t.is(await claims(), stays ? 6 : 0)
    t.is((await client.get(KINDS.secret, { namespace, name: 'lunar-key' })) !== undefined, stays)
  })
}
