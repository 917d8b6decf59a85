/**
 * Trackers scaled up and down again under load: each change restarts the pods of the network one at a time, a tracker goes when it has
 * handed over what it has, no operation of a client fails.
 */
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, NETWORK, waitFor } from '../../hack/cluster/network.ts'
import { startChecker } from './checker/start.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { watchPods } from './pod-watch.ts'
import { noteInReport } from './report.ts'

const ROLLED_MS = 900_000

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string }
}
interface TrackerStatus {
  readonly spec: { readonly replicas: number }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[]
  }
}
interface ClientConfig {
  readonly data: { readonly 'network.json': string }
}

const scale = (cluster: Cluster, replicas: number): Promise<string> =>
  kubectl(cluster, ['scale', '-n', NAMESPACE, 'ltrk/tracker', `--replicas=${replicas}`])

const namesOf = async (cluster: Cluster, kind: string): Promise<string[]> =>
  (await objects<Named>(cluster, ['-n', NAMESPACE, kind, '-l', 'app.kubernetes.io/component=tracker']))
    .map(({ metadata: { name } }) => name)
    .sort()

async function conditionOfTracker(cluster: Cluster, type: string) {
  const [tracker] = await objects<TrackerStatus>(cluster, ['-n', NAMESPACE, 'ltrk', 'tracker'])
  return tracker?.status?.conditions?.find((condition) => condition.type === type)
}

async function namedInConfiguration(cluster: Cluster): Promise<string[]> {
  const [config] = await objects<ClientConfig>(cluster, ['-n', NAMESPACE, 'configmap', `${NETWORK}-client`])
  const { trackers } = JSON.parse(config?.data['network.json'] ?? '{"trackers":[]}') as {
    readonly trackers: readonly { readonly host: string }[]
  }
  return trackers.map(({ host }) => host.split('.')[0] ?? '').sort()
}

const podsOfNetwork = (cluster: Cluster): Promise<Named[]> =>
  objects<Named>(cluster, ['-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/part-of=lunarx'])

/** Until every pod of before was made anew. */
async function rolled(cluster: Cluster, before: readonly Named[]): Promise<void> {
  const old = new Set(before.map(({ metadata: { uid } }) => uid))
  await until('every pod to have the new configuration', ROLLED_MS, async () => {
    const left = (await podsOfNetwork(cluster)).filter(({ metadata: { uid } }) => old.has(uid))
    if (left.length > 0) throw new Error(`still to come: ${left.map(({ metadata: { name } }) => name).join(', ')}`)
    return true
  })
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
}

const inFull = process.env['LUNARX_TRACKERS'] === undefined ? test.serial.skip : test.serial

inFull('trackers are scaled up and down under load (with --full, or LUNARX_TRACKERS=1): no operation of a client fails', async (t) => {
  const cluster = await sampleNetwork()
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  const checker = await startChecker(cluster, NAMESPACE, DAPP)
  t.teardown(() => checker.stop())
  await using watch = await watchPods(cluster, NAMESPACE)

  const three = await podsOfNetwork(cluster)
  await scale(cluster, 4)
  await until('the fourth tracker', 300_000, async () => ((await namesOf(cluster, 'pods')).includes('tracker-3') ? true : undefined))
  await rolled(cluster, three)
  t.deepEqual(await namedInConfiguration(cluster), ['tracker-0', 'tracker-1', 'tracker-2', 'tracker-3'])

  await scale(cluster, 3)
  await until('tracker-3 to be named no more', 300_000, async () => ((await namedInConfiguration(cluster)).length === 3 ? true : undefined))
  t.true((await namesOf(cluster, 'pods')).includes('tracker-3'))
  await until('pod and claim of tracker-3 to go', ROLLED_MS, async () => {
    const left = [...(await namesOf(cluster, 'pods')), ...(await namesOf(cluster, 'pvc'))].filter((name) => name.endsWith('tracker-3'))
    if (left.length === 0) return true
    throw new Error(`${left.join(', ')}: ${JSON.stringify(await conditionOfTracker(cluster, 'Draining'))}`)
  })
  await waitFor(cluster, NAMESPACE, 'Healthy', 600)
  t.deepEqual(await namesOf(cluster, 'pvc'), ['data-tracker-0', 'data-tracker-1', 'data-tracker-2'])

  await scale(cluster, 2)
  await until('the refusal', 60_000, async () => {
    const refused = await conditionOfTracker(cluster, 'ScaleDownRefused')
    return refused?.status === 'True' && refused.reason === 'TooFewTrackers' ? true : undefined
  })
  t.deepEqual(await namedInConfiguration(cluster), ['tracker-0', 'tracker-1', 'tracker-2'])
  t.deepEqual(await namesOf(cluster, 'pods'), ['tracker-0', 'tracker-1', 'tracker-2'])
  await scale(cluster, 3)
  await until('nothing to refuse', 60_000, async () =>
    (await conditionOfTracker(cluster, 'ScaleDownRefused'))?.status === 'True' ? undefined : true,
  )

  const [away, found] = [await watch.away(), await checker.findings()]
  noteInReport(t, import.meta.url, { mostAwayAtATime: away.most.length, ...found })
  t.true(away.looks > 10 && away.most.length === 1, away.most.join(' '))
  t.deepEqual([found.wrong, found.unreadable, found.told], [[], [], []])
  t.true(found.done.put > 0 && found.done.get > 0)
})
