/**
 * `kubectl drain` of a node with several providers on volumes that cannot move: they leave one by one, each when the one before it is no
 * loss any more, while a DApp goes on; and come back with the node.
 */
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, liveStatus, providerPods, waitFor, type LiveStatus } from '../../hack/cluster/network.ts'
import { startChecker } from './checker/start.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { makeRoomWithout, nodesOfProviders } from './nodes.ts'
import { often } from './often.ts'
import { podsAway } from './pod-watch.ts'
import { noteInReport } from './report.ts'
import { peersIn } from './silence.ts'

const DRAIN_SECONDS = 600

/** Between looks at the sets while pods leave. */
const LOOK_MS = 5_000

interface Budget {
  readonly spec: { readonly maxUnavailable: number }
}

const budgetOf = async (cluster: Cluster): Promise<number | undefined> =>
  (await objects<Budget>(cluster, ['pdb', '-n', NAMESPACE, 'lunar-providers']))[0]?.spec.maxUnavailable

/** What was seen in one look, in this order: pods do not come back while their node is drained, so that none was away that `after` lacks. */
interface Look {
  readonly before: readonly string[]
  readonly status: LiveStatus
  readonly budget: number | undefined
  readonly after: readonly string[]
}

/** Of the sample's class: 4 + 2. */
const PARITY = 2

const smallestMargin = ({ sets: { margin } }: LiveStatus): number =>
  Math.min(...Object.entries(margin).flatMap(([spare, count]) => (count === 0 ? [] : [spare === 'lost' ? -1 : Number(spare)])))

/** Of pods that were away by the same look, those that trackers do not count as lost yet: nobody has made up for them. */
const unnoticedIn = ({ before, status }: Look, peers: ReadonlySet<string>): string[] =>
  before.filter((pod) => status.providers.some(({ name, peer, state }) => name === pod && peers.has(peer) && state !== 'lost'))

/**
 * What must not be, in two looks one after the other: trackers do not come to know the same at once.
 *
 * @param peers that lived in the pods when the drain began
 */
function faultsIn(first: Look, second: Look, peers: ReadonlySet<string>): string[] {
  const faults: string[] = []
  const unnoticed = unnoticedIn(first, peers).filter((pod) => unnoticedIn(second, peers).includes(pod))
  if (unnoticed.length > 1) faults.push(`away at once, before one of them was made up for: ${unnoticed.join(', ')}`)
  if ([first, second].every(({ status, after }) => smallestMargin(status) < PARITY - after.length))
    faults.push(`margin ${smallestMargin(second.status)} while only these were away: ${second.after.join(', ')}`)
  if (smallestMargin(second.status) < 0) faults.push('a set has fewer shards than it needs')
  if ((second.budget ?? 0) > second.after.length + 1)
    faults.push(`a budget of ${second.budget} while these were away: ${second.after.join(', ')}`)
  return faults
}

/** Looks at pods, sets and the budget until it is over, and once more. */
async function watchDrain(cluster: Cluster, names: readonly string[], during: Promise<unknown>): Promise<Look[]> {
  const looks: Look[] = []
  const look = async (): Promise<void> => {
    const before = await podsAway(cluster, NAMESPACE, names)
    const status = await liveStatus(cluster, NAMESPACE)
    const budget = await budgetOf(cluster)
    looks.push({ before, status, budget, after: await podsAway(cluster, NAMESPACE, names) })
  }
  await using looking = often(LOOK_MS, look)
  await during
  await looking.end()
  await until('a last look', 60_000, () => look().then(() => true))
  return looks
}

test.serial('kubectl drain of a node ends under load: its providers leave one by one, and come back with it', async (t) => {
  const cluster = await sampleNetwork()
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  const onNode = async (node: string): Promise<string[]> =>
    (await providerPods(cluster, NAMESPACE)).filter(({ spec }) => spec.nodeName === node).map(({ metadata: { name } }) => name)
  const nodes = await Promise.all(
    (await nodesOfProviders(cluster, { operator: false })).map(async (name) => ({ name, pods: await onNode(name) })),
  )
  const { name: node = '', pods = [] } = nodes.toSorted((a, b) => b.pods.length - a.pods.length)[0] ?? {}
  t.true(pods.length > 1)
  await makeRoomWithout(cluster, node)
  const all = await providerPods(cluster, NAMESPACE)
  const before = new Map(all.map(({ metadata: { name, uid } }) => [name, uid]))
  await until('a budget of one, since all is well', 60_000, async () => ((await budgetOf(cluster)) === 1 ? true : undefined))
  const peers = new Set(await peersIn(cluster, [...before.keys()]))
  const checker = await startChecker(cluster, NAMESPACE, DAPP)
  t.teardown(() => checker.stop())
  t.teardown(() => kubectl(cluster, ['uncordon', node]))

  const drained = kubectl(cluster, ['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', `--timeout=${DRAIN_SECONDS}s`], {
    timeoutMs: (DRAIN_SECONDS + 10) * 1000,
  })
  t.log(`${node}: ${pods.join(', ')}`)
  const looks = await watchDrain(cluster, [...before.keys()], drained)
  t.deepEqual(await onNode(node), [])
  t.true(looks.length > 1)
  t.deepEqual(
    looks.slice(1).flatMap((second, i) => faultsIn(looks[i] ?? second, second, peers)),
    [],
  )
  const seen = new Set(looks.at(-1)?.after)
  t.deepEqual(
    pods.filter((pod) => !seen.has(pod)),
    [],
    'every pod was seen to be away',
  )

  await kubectl(cluster, ['uncordon', node])
  await until('all providers of the node on it again', 120_000, async () =>
    (await onNode(node)).length === pods.length ? true : undefined,
  )
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  await until('a budget of one again', 120_000, async () => ((await budgetOf(cluster)) === 1 ? true : undefined))
  for (const { metadata } of await providerPods(cluster, NAMESPACE))
    t.is(metadata.uid !== before.get(metadata.name), pods.includes(metadata.name), metadata.name)
  const checked = await checker.findings()
  noteInReport(t, import.meta.url, { smallestMargin: Math.min(...looks.map(({ status }) => smallestMargin(status))), ...checked })
  t.deepEqual(checked.wrong, [])
  t.deepEqual(checked.unreadable, [])
  t.deepEqual(checked.failed, { put: 0, get: 0, rm: 0 })
})
