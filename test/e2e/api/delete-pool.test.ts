/**
 * A pool that is deleted, against a real API server: held until it is drained, and never in the way of a network or a namespace that goes.
 * Trackers are scripted here.
 *
 * @module
 */
import { LUNAR_KINDS, UNDRAINED_ANNOTATION } from '@lunarx/operator/controllers'
import type { KubeObject } from '@lunarx/operator/kube'
import test, { type ExecutionContext } from 'ava'
import { installCrds, KINDS, openCluster, until } from './cluster.ts'
import { OURS } from './operator.ts'
import { ScriptedFleet } from './scripted-fleet.ts'
import { worldOf } from './world.ts'

const cluster = openCluster()
const { client, connection } = cluster
test.before(() => installCrds(cluster))
const world = worldOf(cluster)

type ProviderObject = KubeObject & { readonly status?: { readonly members?: readonly object[] } }

/** A network with a pool of three that stays, and one of two whose providers have joined, and which is held. */
async function withSecondPool(t: ExecutionContext) {
  const fleet = new ScriptedFleet('pool', 3, { second: 2 })
  const { namespace, condition, statefulSet } = await world(t, fleet.reach)
  const place = { namespace, name: 'second' }
  await client.create(LUNAR_KINDS.provider, {
    apiVersion: 'lunarx.dev/v1alpha1',
    kind: 'Provider',
    metadata: { ...place, annotations: OURS },
    spec: { network: 'lunar', replicas: 2, volume: { size: '64Mi' } },
  })
  const names = async (kind: (typeof KINDS)['pod']): Promise<string[]> => {
    const { items } = await client.list(kind, { namespace, labelSelector: 'app.kubernetes.io/instance=second' })
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name)
  }
  await until('two members, held', async () => {
    const pool = await client.get<ProviderObject>(LUNAR_KINDS.provider, place)
    return pool?.status?.members?.length === 2 && pool.metadata.finalizers?.includes('lunarx.dev/drained') ? true : undefined
  })
  for (const kind of [KINDS.pod, KINDS.persistentVolumeClaim])
    await until(`two ${kind.plural}`, async () => ((await names(kind)).length === 2 ? true : undefined))
  const untilGone = () => until('no pool', async () => ((await client.get(LUNAR_KINDS.provider, place)) === undefined ? true : undefined))
  const drainAll = () => fleet.draining.forEach((order) => (order.isDrained = true))
  return { fleet, place, condition, statefulSet, names, untilGone, drainAll }
}

test('it is drained first; then pods and claims go, peers are retired, and it is gone', async (t) => {
  const { fleet, place, condition, statefulSet, names, untilGone, drainAll } = await withSecondPool(t)
  await client.remove(LUNAR_KINDS.provider, place)
  await condition('provider', 'second', 'Draining', 'True MovingShards')
  await until('both are told', () => Promise.resolve(fleet.draining.size === 2 ? true : undefined))
  t.is((await statefulSet('second')).spec.replicas, 2)
  t.is((await names(KINDS.pod)).length, 2)
  t.is((await names(KINDS.persistentVolumeClaim)).length, 2)

  drainAll()
  await untilGone()
  t.deepEqual([await names(KINDS.pod), await names(KINDS.persistentVolumeClaim)], [[], []])
  t.is(fleet.retired.size, 2)
  t.is(fleet.lost.size, 0, 'nothing was lost')
  await until('no StatefulSet', async () => ((await client.get(KINDS.statefulSet, place)) === undefined ? true : undefined))
})

test('deleted in the foreground, by which Kubernetes takes its pods at once: they come back and are drained', async (t) => {
  const { fleet, place, statefulSet, names, untilGone, drainAll } = await withSecondPool(t)
  const before = await names(KINDS.persistentVolumeClaim)
  const path = `/apis/lunarx.dev/v1alpha1/namespaces/${place.namespace}/providers/${place.name}`
  const { status } = await connection.send({ method: 'DELETE', path, body: JSON.stringify({ propagationPolicy: 'Foreground' }) })
  t.is(status, 200)
  await until('both are told', () => Promise.resolve(fleet.draining.size === 2 ? true : undefined))
  await until('a StatefulSet that stays', async () => {
    const pool = await client.get(LUNAR_KINDS.provider, place)
    const { metadata, spec } = await statefulSet('second')
    const isForeground = pool?.metadata.finalizers?.includes('foregroundDeletion') ?? true
    return !isForeground && metadata.deletionTimestamp === undefined && spec.replicas === 2 ? true : undefined
  })
  t.deepEqual(await names(KINDS.persistentVolumeClaim), before)
  drainAll()
  await untilGone()
  t.is(fleet.retired.size, 2)
  t.is(fleet.lost.size, 0, 'nothing was lost')
})

test('one that is still needed stays, with the reason; given up by a person it goes, and its volumes stay', async (t) => {
  const fleet = new ScriptedFleet('pool', 3)
  const { namespace, condition, statefulSet } = await world(t, fleet.reach)
  const place = { namespace, name: 'pool' }
  await condition('provider', 'pool', 'ScaleDownRefused', 'False NotAsked')
  await condition('network', 'lunar', 'Ready', 'True Serving')
  const claims = async (): Promise<number> =>
    (await client.list(KINDS.persistentVolumeClaim, { namespace, labelSelector: 'app.kubernetes.io/instance=pool' })).items.length
  await until('three members', async () => {
    const pool = await client.get<ProviderObject>(LUNAR_KINDS.provider, place)
    return pool?.status?.members?.length === 3 ? true : undefined
  })
  await client.remove(LUNAR_KINDS.provider, place)
  const { message } = await condition('provider', 'pool', 'ScaleDownRefused', 'True NotEnoughDomains')
  t.regex(message, /^The pool is to be deleted, and its 3 pods stay\./)
  t.is((await statefulSet('pool')).spec.replicas, 3)
  t.is(fleet.draining.size, 0)
  await client.merge(LUNAR_KINDS.provider, place, { metadata: { annotations: { [UNDRAINED_ANNOTATION]: 'true' } } })
  await until('no pool', async () => ((await client.get(LUNAR_KINDS.provider, place)) === undefined ? true : undefined))
  t.is(await claims(), 3)
})

for (const order of [
  ['network', 'tracker', 'provider'],
  ['provider', 'tracker', 'network'],
] as const)
  test(`all deleted at once, in the order ${order.join(', ')}: nothing waits for anything, volumes stay`, async (t) => {
    const { namespace, condition } = await world(t, new ScriptedFleet('pool', 3).reach)
    await condition('network', 'lunar', 'Ready', 'True Serving')
    const claims = async (): Promise<number> => (await client.list(KINDS.persistentVolumeClaim, { namespace })).items.length
    await until('six claims', async () => ((await claims()) === 6 ? true : undefined))
    const names = { network: 'lunar', tracker: 'tracker', provider: 'pool' }
    for (const kind of order) await client.remove(LUNAR_KINDS[kind], { namespace, name: names[kind] })
    for (const kind of [...Object.values(LUNAR_KINDS), KINDS.statefulSet])
      await until(`no ${kind.plural}`, async () => ((await client.list(kind, { namespace })).items.length === 0 ? true : undefined))
    t.is(await claims(), 6)
  })
