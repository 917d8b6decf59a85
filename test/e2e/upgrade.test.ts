/**
 * The release before this one and this one after another, in both orders, while DApps of both use the network: no operation of a client
 * fails, every byte is there, an operator alone restarts nothing.
 */
import test from 'ava'
import { kubectl, objects, until, type Cluster, type Images } from '../../hack/cluster/cluster.ts'
import { DAPP, installOperator, NETWORK, startDapp, SYSTEM, thisTree, waitFor } from '../../hack/cluster/network.ts'
import { openPrevious, previousCommit } from '../../hack/cluster/previous.ts'
import { startChecker } from './checker/start.ts'
import { testCluster } from './cluster.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { watchPods } from './pod-watch.ts'
import { noteInReport } from './report.ts'

const PREVIOUS_DAPP = 'dapp-previous'
/** Eleven pods, one at a time, each when the network is whole again. */
const ROLLED_MS = 900_000

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly spec: { readonly containers: readonly { readonly image: string }[] }
}

const podsOfNetwork = (cluster: Cluster): Promise<Pod[]> =>
  objects<Pod>(cluster, ['pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/part-of=lunarx'])

const uids = async (cluster: Cluster): Promise<string[]> => (await podsOfNetwork(cluster)).map(({ metadata: { uid } }) => uid).sort()

interface Lease {
  readonly spec: { readonly holderIdentity: string }
}

/** The operator of this release leads, and has looked at the network: it made a budget again that is gone. */
async function works(cluster: Cluster, { operator }: Images): Promise<void> {
  await until(`an operator ${operator} that leads`, 120_000, async () => {
    const [lease] = await objects<Lease>(cluster, ['lease', '-n', SYSTEM, 'lunarx-operator'])
    const pods = await objects<Pod>(cluster, ['pods', '-n', SYSTEM])
    const leader = pods.find(({ metadata: { name } }) => lease?.spec.holderIdentity.startsWith(name))
    return leader?.spec.containers[0]?.image === operator ? true : undefined
  })
  const budget = ['-n', NAMESPACE, 'pdb', 'lunar-providers']
  const [old] = await objects<Pod>(cluster, budget)
  await kubectl(cluster, ['delete', ...budget])
  await until('the budget, made again', 120_000, async () => {
    const [now] = await objects<Pod>(cluster, [...budget, '--ignore-not-found'])
    return now !== undefined && now.metadata.uid !== old?.metadata.uid ? true : undefined
  })
}

async function roll(cluster: Cluster, { node }: Images): Promise<void> {
  const patch = JSON.stringify({ spec: { image: node } })
  await kubectl(cluster, ['patch', '-n', NAMESPACE, 'lnet', NETWORK, '--type=merge', '-p', patch])
  await until(`every pod to run ${node}`, ROLLED_MS, async () => {
    const left = (await podsOfNetwork(cluster)).filter(({ spec }) => spec.containers[0]?.image !== node)
    if (left.length > 0) throw new Error(`still to come: ${left.map(({ metadata: { name } }) => name).join(', ')}`)
    return true
  })
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
}

const isWanted = process.env['LUNARX_UPGRADE'] !== undefined && testCluster().lab !== undefined
const inFull = isWanted ? test.serial : test.serial.skip

inFull('upgrade and downgrade under load (lab, with --full or LUNARX_UPGRADE=1): no operation of a client fails', async (t) => {
  const commit = previousCommit()
  if (commit === undefined) throw new Error('this clone does not know the release before: fetch all of its history and tags')
  const cluster = await sampleNetwork()
  const current = thisTree(cluster)
  await using previous = await openPrevious(cluster, commit)
  await startDapp(cluster, NAMESPACE, { pod: PREVIOUS_DAPP, image: previous.images.node })
  t.teardown(() => kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', PREVIOUS_DAPP, '--now', '--ignore-not-found']))
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  const checkers = await Promise.all([DAPP, PREVIOUS_DAPP].map((pod) => startChecker(cluster, NAMESPACE, pod)))
  t.teardown(() => Promise.all(checkers.map((checker) => checker.stop())))

  await using watch = await watchPods(cluster, NAMESPACE)
  for (const release of [previous, current]) {
    const before = await uids(cluster)
    await installOperator(cluster, release)
    await works(cluster, release.images)
    await waitFor(cluster, NAMESPACE, 'Ready', 120)
    t.deepEqual(await uids(cluster), before)
    await roll(cluster, release.images)
  }

  const away = await watch.away()
  t.true(away.looks > 10 && away.most.length === 1, away.most.join(' '))
  for (const found of await Promise.all(checkers.map((checker) => checker.findings()))) {
    noteInReport(t, import.meta.url, { from: commit, mostAwayAtATime: away.most.length, ...found })
    t.deepEqual(found.wrong, [])
    t.deepEqual(found.unreadable, [])
    t.deepEqual(found.failed, { put: 0, get: 0, rm: 0 })
    t.true(found.done.put > 0 && found.done.get > 0)
  }
})
