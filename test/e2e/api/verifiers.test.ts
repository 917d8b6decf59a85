/**
 * Verifiers of a Tracker against a real API server: made, owned, said of, and gone when none are wanted. That they verify is shown in
 * `test/e2e/backends.test.ts`.
 *
 * @module
 */
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import type { KubeObject } from '@lunarx/operator/kube'
import test from 'ava'
import { conditionOf, installCrds, KINDS, openCluster, until, type Conditioned } from './cluster.ts'
import { OURS } from './operator.ts'
import { worldOf, type World } from './world.ts'

const cluster = openCluster()
const { client } = cluster
test.before(() => installCrds(cluster))
const world: World = worldOf(cluster)

const NAME = 'tracker-verifier'
const OF_VERIFIERS = `app.kubernetes.io/instance=${NAME},app.kubernetes.io/component=verifier`
const CHILDREN = [KINDS.statefulSet, KINDS.service, KINDS.serviceAccount, KINDS.configMap, KINDS.networkPolicy]

const wish = (namespace: string, replicas: number) =>
  client.merge(LUNAR_KINDS.tracker, { namespace, name: 'tracker' }, { spec: { verifiers: { replicas } } })
/** Until so many are there. */
const claims = (namespace: string, wanted: number) =>
  until(`${wanted} claims`, async () => {
    const { items } = await client.list(KINDS.persistentVolumeClaim, { namespace, labelSelector: OF_VERIFIERS })
    return items.length === wanted ? items : undefined
  })
const trackerOf = (namespace: string) =>
  client.get<Conditioned & { readonly status?: { readonly verifiers?: object } }>(LUNAR_KINDS.tracker, { namespace, name: 'tracker' })

test('as many as are wanted, owned by their Tracker; none wanted: pods, keys and conditions are gone, and the trackers were left alone', async (t) => {
  const { namespace, statefulSet, condition } = await world(t)
  const before = await statefulSet('tracker')
  t.is(await client.get(KINDS.statefulSet, { namespace, name: NAME }), undefined)
  await wish(namespace, 2)
  await statefulSet(NAME)
  const tracker = await trackerOf(namespace)
  for (const kind of CHILDREN) {
    const { items } = await client.list(kind, { namespace, labelSelector: OF_VERIFIERS })
    t.is(items.length, 1, kind.plural)
    t.deepEqual(
      items[0]?.metadata.ownerReferences?.map(({ uid }) => uid),
      [tracker?.metadata.uid],
      kind.plural,
    )
  }
  const pods = await until('pods that pass the restricted standard', async () => {
    const { items } = await client.list(KINDS.pod, { namespace, labelSelector: OF_VERIFIERS })
    return items.length === 2 ? items : undefined
  })
  t.deepEqual(pods.map(({ metadata }) => metadata.name).toSorted(), [`${NAME}-0`, `${NAME}-1`])
  await claims(namespace, 2)
  const { message } = await condition('tracker', 'tracker', 'VerifiersReady', 'False AuditsOff')
  t.regex(message, /spec\.audit\.enabled/)
  await client.merge(LUNAR_KINDS.network, { namespace, name: 'lunar' }, { spec: { audit: { enabled: true } } })
  await condition('tracker', 'tracker', 'VerifiersReady', 'False VerifiersNotReady')
  await until('figures', async () => ((await trackerOf(namespace))?.status?.verifiers === undefined ? undefined : true))

  // One whose pod was just being replaced when they got fewer; and one that a pool of this name left behind.
  const [claim] = await claims(namespace, 2)
  for (const [ordinal, component] of ['provider', 'verifier'].entries()) {
    const labels = { ...claim?.metadata.labels, 'app.kubernetes.io/component': component }
    const { kind, apiVersion, spec } = claim as KubeObject & { readonly spec: object }
    const left = {
      kind,
      apiVersion,
      metadata: { name: `data-${NAME}-${2 + ordinal}`, namespace, labels },
      spec: { ...spec, volumeName: undefined },
    }
    await client.create<KubeObject>(KINDS.persistentVolumeClaim, left)
  }
  await claims(namespace, 2)
  await wish(namespace, 0)
  await claims(namespace, 0)
  t.truthy(await client.get(KINDS.persistentVolumeClaim, { namespace, name: `data-${NAME}-2` }))
  const told = await until('a status without them', async () => {
    const live = await trackerOf(namespace)
    return live?.status?.verifiers === undefined && conditionOf(live, 'VerifiersReady') === undefined ? live : undefined
  })
  t.truthy(conditionOf(told, 'Ready'))
  t.is((await statefulSet(NAME)).spec.replicas, 0)
  t.is((await statefulSet('tracker')).metadata.uid, before.metadata.uid)
  t.is((await statefulSet('tracker')).spec.replicas, 3)
})

test('where their name is taken that is said, nothing of the other is touched, and the trackers are made all the same', async (t) => {
  const { namespace, statefulSet, condition } = await world(t)
  const other = { metadata: { name: NAME, namespace, annotations: OURS }, spec: { network: 'lunar', volume: { size: '64Mi' } } }
  await client.create<KubeObject>(LUNAR_KINDS.provider, { apiVersion: 'lunarx.dev/v1alpha1', kind: 'Provider', ...other })
  await statefulSet(NAME)
  await wish(namespace, 1)
  const { message } = await condition('tracker', 'tracker', 'VerifiersReady', 'False VerifiersRefused')
  t.regex(message, /belongs to another/)
  t.is((await statefulSet(NAME)).metadata.labels?.['app.kubernetes.io/component'], 'provider')
  t.not(conditionOf(await trackerOf(namespace), 'Ready')?.reason, 'NameTaken')
  await client.merge(LUNAR_KINDS.tracker, { namespace, name: 'tracker' }, { spec: { replicas: 4 } })
  await until('four trackers', async () => ((await statefulSet('tracker')).spec.replicas === 4 ? true : undefined))
})
