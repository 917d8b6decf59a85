/**
 * One operator for five hundred networks: what it takes in memory, that all of them are made, and that it is silent once they are.
 *
 * @module
 */
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import type { KubeObject, ResourceKind } from '@lunarx/operator/kube'
import test from 'ava'
import { isFullRun, noteInReport } from '../report.ts'
import { installCrds, KINDS, makeNamespace, NAMESPACE_KIND, openCluster, removeNamespace, type Conditioned } from './cluster.ts'
import { commandOfImage, memoryOfPod, startProcess, valueOf } from './operator-process.ts'
import { OURS } from './operator.ts'

const NETWORKS = 500
const AT_ONCE = 20
/** DESIGN: at most so much resident with so many. */
const MAX_RESIDENT_BYTES = 200 * 2 ** 20
const IDLE_SECONDS = 120
/** Longer than the operator waits before it looks again at a network that is not ready. */
const SETTLED_SECONDS = 45
const LIMIT_MINUTES = 40

const cluster = openCluster()
const { client } = cluster
const inFull = isFullRun ? test.serial : test.serial.skip

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
async function eventually(what: string, minutes: number, isSo: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < minutes * 60; waited += 5) {
    if (await isSo()) return
    await pause(5)
  }
  throw new Error(`never came: ${what}`)
}

type Look = ReadonlyMap<string, KubeObject>

/** What was written between two looks: at most five objects, as they were and are. */
const changesOf = (before: Look, after: Look): unknown[] =>
  [...after]
    .filter(([name, { metadata }]) => before.get(name)?.metadata.resourceVersion !== metadata.resourceVersion)
    .slice(0, 5)
    .map(([name, now]) => ({ name, before: before.get(name), now }))

inFull(`${NETWORKS} networks (with --full): at most 200 MiB resident, and nothing is written once all are made`, async (t) => {
  t.timeout(LIMIT_MINUTES * 60_000)
  await installCrds(cluster)
  const namespace = await makeNamespace(cluster, 'many')
  t.teardown(async () => {
    await removeNamespace(cluster, namespace)
    await eventually('the end of the namespace', 10, async () => (await client.get(NAMESPACE_KIND, { name: namespace })) === undefined)
  })
  const { ask } = await startProcess(t, namespace, { command: await commandOfImage(), env: memoryOfPod() })
  const metrics = async (): Promise<string> => (await ask('/metrics'))[1]
  const residentBytes = async (): Promise<number> => valueOf(await metrics(), 'process_resident_memory_bytes') ?? 0
  await eventually('readiness', 1, async () => (await ask('/readyz').catch(() => [0]))[0] === 200)
  const before = await residentBytes()

  const create = (kind: ResourceKind, name: string, spec: object): Promise<KubeObject> =>
    client.create(kind, { apiVersion: 'lunarx.dev/v1alpha1', kind: kind.kind, metadata: { name, namespace, annotations: OURS }, spec })
  // No node has as much: the pods wait, and no kubelet has anything to say.
  const resources = { requests: { memory: '9999Gi' } }
  const classes = [{ name: 'a', required: 2, parity: 1 }]
  for (let first = 0; first < NETWORKS; first += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, i) => {
        const network = `net-${first + i}`
        await create(LUNAR_KINDS.network, network, { classes, defaultClass: 'a' })
        await create(LUNAR_KINDS.tracker, `${network}-tracker`, { network, replicas: 1, resources })
        await create(LUNAR_KINDS.provider, `${network}-pool`, { network, replicas: 1, volume: { size: '64Mi' }, resources })
      }),
    )
  const made = async (): Promise<number> => (await client.list(KINDS.statefulSet, { namespace })).items.length
  await eventually('a StatefulSet of every pool', 15, async () => (await made()) === 2 * NETWORKS)
  const pods = async (): Promise<number> => (await client.list(KINDS.pod, { namespace })).items.length
  await eventually('a pod of every pool', 15, async () => (await pods()) === 2 * NETWORKS)

  const look = async (): Promise<Look> => {
    const kinds = [...Object.values(LUNAR_KINDS), KINDS.service, KINDS.configMap, KINDS.serviceAccount, KINDS.networkPolicy]
    const lists = await Promise.all(
      kinds.map(async (kind) => (await client.list(kind, { namespace })).items.map((item) => [kind, item] as const)),
    )
    return new Map(lists.flat().map(([kind, item]) => [`${kind.kind} ${item.metadata.name}`, item]))
  }
  let last = await look()
  await eventually(`nothing written for ${SETTLED_SECONDS} s`, 15, async () => {
    await pause(SETTLED_SECONDS)
    const [earlier, now] = [last, await look()]
    last = now
    return changesOf(earlier, now).length === 0
  })
  await pause(IDLE_SECONDS)
  t.deepEqual(changesOf(last, await look()), [], 'idle is silent')
  const { items } = await client.list<Conditioned>(LUNAR_KINDS.network, { namespace })
  t.is(items.filter(({ status }) => status?.conditions?.some(({ type }) => type === 'Ready')).length, NETWORKS)
  const resident = await residentBytes()
  noteInReport(t, import.meta.url, {
    networks: NETWORKS,
    residentMiB: Math.round(resident / 2 ** 20),
    withNoneMiB: Math.round(before / 2 ** 20),
    idleSeconds: IDLE_SECONDS,
  })
  t.true(resident <= MAX_RESIDENT_BYTES, `${Math.round(resident / 2 ** 20)} MiB`)
})
