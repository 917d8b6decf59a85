/**
 * Day two against a real API server: pauses, rollouts, drains in place, an operator that was away, silence, the end of a namespace.
 * Trackers are scripted here.
 *
 * @module
 */
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import type { KubeObject } from '@lunarx/operator/kube'
import test from 'ava'
import { until as within } from '../../../hack/cluster/cluster.ts'
import { noteInReport } from '../report.ts'
import { installCrds, KINDS, NAMESPACE_KIND, openCluster, until } from './cluster.ts'
import { OURS, startOperator } from './operator.ts'
import { RecordingClient } from './recording-client.ts'
import { ScriptedFleet } from './scripted-fleet.ts'
import { worldOf } from './world.ts'

const cluster = openCluster()
const { client } = cluster
test.before(() => installCrds(cluster))
const world = worldOf(cluster)

interface Rolled extends KubeObject {
  readonly spec: { readonly updateStrategy: object; readonly containers: readonly { readonly image: string }[] }
}
const OURS_OF_NETWORK = 'lunarx.dev/network=lunar'

/** resourceVersions of what the operator writes; StatefulSets' statuses are Kubernetes' own. */
async function versions(namespace: string): Promise<Record<string, string | undefined>> {
  const kinds = [KINDS.service, KINDS.serviceAccount, KINDS.configMap, KINDS.podDisruptionBudget]
  const lists = await Promise.all([
    ...kinds.map((kind) => client.list(kind, { namespace, labelSelector: OURS_OF_NETWORK })),
    ...Object.values(LUNAR_KINDS).map((kind) => client.list(kind, { namespace })),
  ])
  const objects = lists.flatMap(({ items }) => items)
  return Object.fromEntries(objects.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]))
}

test('a network that is paused, and its pools: nothing is written, whatever is asked; all is done after', async (t) => {
  const { namespace, statefulSet, condition } = await world(t)
  await statefulSet('pool')
  await condition('network', 'lunar', 'Ready', 'False TrackersUnreachable')
  const pause = (value: 'true' | null) =>
    client.merge(LUNAR_KINDS.network, { namespace, name: 'lunar' }, { metadata: { annotations: { 'lunarx.dev/paused': value } } })
  await pause('true')
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool' }, { spec: { replicas: 4 } })
  await client.remove(KINDS.podDisruptionBudget, { namespace, name: 'lunar-providers' })
  // Another namespace's operator works meanwhile: this one had time as well.
  const other = await world(t)
  await other.condition('network', 'lunar', 'Ready', 'False TrackersUnreachable')
  t.is((await statefulSet('pool')).spec.replicas, 3)
  t.is(await client.get(KINDS.podDisruptionBudget, { namespace, name: 'lunar-providers' }), undefined)
  await pause(null)
  await until('four replicas', async () => ((await statefulSet('pool')).spec.replicas === 4 ? true : undefined))
  await until('the budget', () => client.get(KINDS.podDisruptionBudget, { namespace, name: 'lunar-providers' }))
})

test('a rollout: StatefulSets replace nothing themselves; pods that never started get the next image at once', async (t) => {
  const { namespace } = await world(t)
  const pods = async (): Promise<readonly Rolled[]> =>
    (await client.list<Rolled>(KINDS.pod, { namespace, labelSelector: OURS_OF_NETWORK })).items
  await until('six pods', async () => ((await pods()).length === 6 ? true : undefined))
  const strategy = async () => (await client.get<Rolled>(KINDS.statefulSet, { namespace, name: 'pool' }))?.spec.updateStrategy
  t.deepEqual(await strategy(), { type: 'OnDelete' })
  // As an older operator left it, with what the server filled in.
  await client.merge(
    KINDS.statefulSet,
    { namespace, name: 'pool' },
    { spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } } },
  )
  await until('OnDelete again', async () => (JSON.stringify(await strategy()) === '{"type":"OnDelete"}' ? true : undefined))
  await client.merge(LUNAR_KINDS.network, { namespace, name: 'lunar' }, { spec: { image: 'localhost/lunarx-node:other' } })
  await until('six pods with the other image', async () => {
    const now = await pods()
    return now.length === 6 && now.every(({ spec }) => spec.containers[0]?.image === 'localhost/lunarx-node:other') ? true : undefined
  })
})

test('a rollout waits for pods that may serve: what trackers hear of is not replaced while another pod is not ready', async (t) => {
  const { namespace, condition } = await world(t, new ScriptedFleet('pool', 3).reach)
  const uids = async () => {
    const { items } = await client.list(KINDS.pod, { namespace, labelSelector: 'app.kubernetes.io/instance=pool' })
    return items.map(({ metadata }) => metadata.uid).toSorted((a = '', b = '') => (a < b ? -1 : 1))
  }
  await until('three pods', async () => ((await uids()).length === 3 ? true : undefined))
  const before = await uids()
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool' }, { spec: { resources: { requests: { memory: '1Mi' } } } })
  await condition('network', 'lunar', 'Progressing', 'True RollingOut')
  t.deepEqual(await uids(), before)
})

test('a rollout of providers asks the worst set: none is replaced while it has no spare shard, then one, and the next when that one is ready', async (t) => {
  const fleet = new ScriptedFleet('pool', 3)
  fleet.margin = { 0: 1, 1: 9 }
  // No node has as much, so that no kubelet has a say in which pods are ready.
  const asking = (memory: string) => ({ resources: { requests: { memory } } })
  const { namespace, condition } = await world(t, fleet.reach, {}, asking('9999Gi'))
  const pods = async (of: string) => (await client.list(KINDS.pod, { namespace, labelSelector: of })).items
  const uids = async () =>
    Object.fromEntries((await pods('app.kubernetes.io/instance=pool')).map(({ metadata: { name, uid } }) => [name, uid]))
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
  const makeReady = async (): Promise<void> => {
    for (const { metadata } of await pods(OURS_OF_NETWORK))
      await client.merge(KINDS.pod, { namespace, name: metadata.name, subresource: 'status' }, { status })
  }
  const waitsFor = (what: RegExp) =>
    until(`a rollout that waits: ${what.source}`, async () => {
      const { message } = await condition('network', 'lunar', 'Progressing', 'True RollingOut')
      return what.test(message) ? message : undefined
    })
  await until('six pods', async () => ((await pods(OURS_OF_NETWORK)).length === 6 ? true : undefined))
  await makeReady()
  const before = await uids()
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool' }, { spec: asking('9998Gi') })
  await waitsFor(/a set has no spare shard/)
  const budget = await client.get<KubeObject & { readonly spec: object }>(KINDS.podDisruptionBudget, { namespace, name: 'lunar-providers' })
  t.like(budget?.spec, { maxUnavailable: 0 })
  t.deepEqual(await uids(), before)

  fleet.margin = { 1: 10 }
  for (const [index, next] of ['pool-2', 'pool-1', 'pool-0'].entries()) {
    const replaced = await until(`another ${next}`, async () => {
      const now = await uids()
      return now[next] !== undefined && now[next] !== before[next] ? now : undefined
    })
    const others = Object.keys(before).filter((name) => replaced[name] === before[name])
    t.is(others.length, 2 - index, `${next} alone was replaced`)
    if (index < 2) await waitsFor(new RegExp(`${next} is not (ready|there) yet`))
    await makeReady()
  }
})

test('a provider that is asked to be drained: moved away, then its claim is made anew; taken back, it stays', async (t) => {
  const fleet = new ScriptedFleet('pool', 5)
  const { namespace, condition } = await world(t, fleet.reach)
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool', subresource: 'scale' }, { spec: { replicas: 5 } })
  const claim = async () => (await client.get(KINDS.persistentVolumeClaim, { namespace, name: 'data-pool-1' }))?.metadata.uid
  const member = await until('members in the status', async () => {
    const pool = await client.get<
      KubeObject & { readonly status?: { readonly members?: readonly { readonly name: string; readonly peer: string }[] } }
    >(LUNAR_KINDS.provider, { namespace, name: 'pool' })
    return pool?.status?.members?.length === 5 ? pool.status.members.find(({ name }) => name === 'pool-1') : undefined
  })
  const before = await claim()
  const ask = (peers: string | null) =>
    client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool' }, { metadata: { annotations: { 'lunarx.dev/drain': peers } } })
  await ask(member.peer)
  await condition('provider', 'pool', 'Draining', 'True MovingShards')
  t.deepEqual([...fleet.draining.keys()], [member.peer])
  await ask(null)
  await until('it is told to stay', () => Promise.resolve(fleet.draining.size === 0 ? true : undefined))
  t.is(await claim(), before)

  await ask(member.peer)
  const order = await until('the order', () => Promise.resolve(fleet.draining.get(member.peer)))
  order.isDrained = true
  await until('another claim', async () => {
    const now = await claim()
    return now !== undefined && now !== before ? now : undefined
  })
  await until('its peer is retired', () => Promise.resolve(fleet.retired.has(member.peer) ? true : undefined))
  t.is(fleet.lost.size, 0, 'nothing was lost')
})

test('another pool before it in every list, taken away again: what belongs to a pool is known by its name', async (t) => {
  const { namespace, statefulSet } = await world(t, new ScriptedFleet('pool', 3).reach)
  const claims = async () => {
    const { items } = await client.list(KINDS.persistentVolumeClaim, { namespace, labelSelector: 'app.kubernetes.io/instance=pool' })
    return items.map(({ metadata: { name, uid } }) => `${name} ${uid}`).toSorted((a, b) => (a < b ? -1 : 1))
  }
  const uid = async () => (await statefulSet('pool')).metadata.uid
  await until('three claims', async () => ((await claims()).length === 3 ? true : undefined))
  const before = [await uid(), await claims()]
  const spec = { network: 'lunar', replicas: 1, volume: { size: '64Mi' } }
  const first = { apiVersion: 'lunarx.dev/v1alpha1', kind: 'Provider', metadata: { name: 'a-pool', namespace, annotations: OURS }, spec }
  await client.create(LUNAR_KINDS.provider, first)
  await statefulSet('a-pool')
  t.deepEqual([await uid(), await claims()], before)
  await client.remove(LUNAR_KINDS.provider, { namespace, name: 'a-pool' })
  await until('no StatefulSet of the other', async () =>
    (await client.get(KINDS.statefulSet, { namespace, name: 'a-pool' })) === undefined ? true : undefined,
  )
  t.deepEqual([await uid(), await claims()], before)
})

test('an operator that was away catches up with what was changed and deleted meanwhile', async (t) => {
  const { namespace, operator, statefulSet, condition } = await world(t)
  for (const name of ['pool', 'tracker']) await statefulSet(name)
  await operator.stop()
  await client.remove(KINDS.service, { namespace, name: 'pool' })
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool', subresource: 'scale' }, { spec: { replicas: 5 } })
  await client.remove(LUNAR_KINDS.tracker, { namespace, name: 'tracker' })
  const next = await startOperator(cluster, namespace)
  t.teardown(() => next.stop())
  await until('the Service', () => client.get(KINDS.service, { namespace, name: 'pool' }))
  await until('five replicas', async () => ((await statefulSet('pool')).spec.replicas === 5 ? true : undefined))
  const { message } = await condition('tracker', 'tracker', 'ScaleDownRefused', 'True TooFewTrackers')
  t.regex(message, /^The pool is to be deleted, and its 3 pods stay\./)
  t.is((await statefulSet('tracker')).spec.replicas, 3, 'nobody else knows where shards are')
})

/** Writes of events about one object that is at fault: some when the fault comes, and then fewer than 20 in the first hour with them. */
const FIRST_EVENTS = 8
const EVENTS_PER_HOUR = 11
const eventsAllowed = (seconds: number): number => Math.floor(FIRST_EVENTS + (EVENTS_PER_HOUR * seconds) / 3_600)
/** Longer than the operator keeps a message back that has changed. */
const SETTLED_MS = 20_000

interface KubeEvent extends KubeObject {
  readonly reason: string
  readonly involvedObject: { readonly name: string }
  readonly source?: { readonly component?: string }
}

test('idle is silent, and a permanent fault makes a handful of events', async (t) => {
  const idleSeconds = Number(process.env['LUNARX_IDLE_SECONDS'] ?? 20)
  const recording = new RecordingClient(cluster.connection)
  const begunMs = performance.now()
  // No node has as much: the pods wait, and their kubelets have nothing new to say.
  const tooMuch = { resources: { requests: { memory: '9999Gi' } } }
  const { reach } = new ScriptedFleet('pool', 3, { 'pool-s3': 1 })
  const { namespace, condition } = await worldOf({ ...cluster, client: recording })(t, reach, {}, tooMuch)
  const s3 = { endpoint: 'https://s3.example.com', bucket: 'none', credentialsSecret: { name: 'nowhere' } }
  const spec = { network: 'lunar', replicas: 1, capacity: '1Gi', backend: { s3 }, volume: { size: '64Mi' } }
  const metadata = { name: 'pool-s3', namespace, annotations: OURS }
  await client.create<KubeObject>(LUNAR_KINDS.provider, { apiVersion: 'lunarx.dev/v1alpha1', kind: 'Provider', metadata, spec })
  const ofPool = { namespace, labelSelector: 'app.kubernetes.io/instance=pool' }
  await until('three claims', async () => ((await client.list(KINDS.persistentVolumeClaim, ofPool)).items.length === 3 ? true : undefined))
  await client.merge(LUNAR_KINDS.provider, { namespace, name: 'pool', subresource: 'scale' }, { spec: { replicas: 1 } })
  await condition('network', 'lunar', 'Healthy', 'False PodsNotReady')
  await condition('provider', 'pool', 'ScaleDownRefused', 'True NotEnoughDomains')
  await condition('provider', 'pool-s3', 'Ready', 'False SecretMissing')
  let before = await versions(namespace)
  await within('two equal looks', 300_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
    const now = await versions(namespace)
    const isSettled = JSON.stringify(now) === JSON.stringify(before)
    before = now
    return isSettled ? true : undefined
  })
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000))
  t.deepEqual(await versions(namespace), before)
  const written = recording.applied.flatMap(({ kind, object }) => (kind === KINDS.event ? [(object as KubeEvent).involvedObject.name] : []))
  const allowed = eventsAllowed((performance.now() - begunMs) / 1000)
  const { items } = await client.list<KubeEvent>(KINDS.event, { namespace })
  const ours = items.filter(({ source }) => source?.component === 'lunarx-operator')
  const events: Record<string, number> = {}
  for (const [name, reason] of [
    ['lunar', 'PodsNotReady'],
    ['pool', 'ScaleDownRefused'],
    ['pool-s3', 'SecretMissing'],
  ] as const) {
    t.true(
      ours.some((event) => event.involvedObject.name === name && event.reason === reason),
      `${name} ${reason}`,
    )
    const writes = written.filter((about) => about === name).length
    t.true(writes >= 1 && writes <= allowed, `${writes} of ${name}, ${allowed} allowed`)
    events[name] = writes
  }
  noteInReport(t, import.meta.url, { idleSeconds, events })
})

test('a namespace is deleted within two minutes, under Delete as well: nothing is drained', async (t) => {
  const { namespace, statefulSet } = await world(t, new ScriptedFleet('pool', 3).reach, { deletionPolicy: 'Delete' })
  await statefulSet('pool')
  await until('six claims', async () =>
    (await client.list(KINDS.persistentVolumeClaim, { namespace })).items.length === 6 ? true : undefined,
  )
  await client.remove(NAMESPACE_KIND, { name: namespace })
  await until('no namespace', async () => ((await client.get(NAMESPACE_KIND, { name: namespace })) === undefined ? true : undefined))
  t.pass()
})
