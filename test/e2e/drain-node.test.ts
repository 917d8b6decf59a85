/**
 * `kubectl drain` of a node with several providers on volumes that cannot move: they leave one by one, each when the one before it is no
 * loss any more, while a DApp goes on; and come back with the node.
 */
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, liveSets, providerPods, waitFor } from '../../hack/cluster/network.ts'
import { startChecker } from './checker/start.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { makeRoomWithout, nodesOfProviders } from './nodes.ts'
import { often } from './often.ts'
import { noteInReport } from './report.ts'

const DRAIN_SECONDS = 600

/** Between looks at the sets while pods leave. */
const LOOK_MS = 5_000

interface Budget {
  readonly spec: { readonly maxUnavailable: number }
}

/** Sets by margin, the worst of all looks: fewer shards than are needed is "lost". */
async function worstOf(
  cluster: Cluster,
  during: Promise<unknown>,
): Promise<{ readonly looks: number; readonly margin: number; readonly lost: number }> {
  let [looks, margin, lost] = [0, Number.POSITIVE_INFINITY, 0]
  await using looking = often(LOOK_MS, async () => {
    const sets = await liveSets(cluster, NAMESPACE)
    looks++
    lost = Math.max(lost, sets.margin['lost'] ?? 0)
    for (const [left, count] of Object.entries(sets.margin)) if (left !== 'lost' && count > 0) margin = Math.min(margin, Number(left))
  })
  await during
  await looking.end()
  return { looks, margin, lost }
}

const budgetOf = async (cluster: Cluster): Promise<number | undefined> =>
  (await objects<Budget>(cluster, ['pdb', '-n', NAMESPACE, 'lunar-providers']))[0]?.spec.maxUnavailable

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
  const checker = await startChecker(cluster, NAMESPACE, DAPP)
  t.teardown(() => checker.stop())
  t.teardown(() => kubectl(cluster, ['uncordon', node]))

  const drained = kubectl(cluster, ['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', `--timeout=${DRAIN_SECONDS}s`], {
    timeoutMs: (DRAIN_SECONDS + 10) * 1000,
  })
  t.log(`${node}: ${pods.join(', ')}`)
  const worst = await worstOf(cluster, drained)
  t.deepEqual(await onNode(node), [])
  t.true(worst.looks > 0 && worst.lost === 0 && worst.margin >= 0, JSON.stringify(worst))
  t.true(((await budgetOf(cluster)) ?? 0) <= pods.length + 1)

  await kubectl(cluster, ['uncordon', node])
  await until('all providers of the node on it again', 120_000, async () =>
    (await onNode(node)).length === pods.length ? true : undefined,
  )
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  for (const { metadata } of await providerPods(cluster, NAMESPACE))
    t.is(metadata.uid !== before.get(metadata.name), pods.includes(metadata.name), metadata.name)
  const checked = await checker.findings()
  noteInReport(t, import.meta.url, { smallestMargin: worst.margin, ...checked })
  t.deepEqual(checked.wrong, [])
  t.deepEqual(checked.unreadable, [])
  t.deepEqual(checked.failed, { put: 0, get: 0, rm: 0 })
})
