/**
 * The release before this one and this one after another, in both orders, while DApps of both use the network: no operation of a client
 * fails, every byte is there, an operator alone restarts nothing. Of a network that this release made, and of one of the release before.
 */
import test, { type ExecutionContext } from 'ava'
import { kubectl, objects, until, type Cluster, type Images } from '../../hack/cluster/cluster.ts'
import {
  applySample,
  DAPP,
  inDapp,
  installOperator,
  NETWORK,
  startDapp,
  SYSTEM,
  thisTree,
  waitFor,
  type Release,
} from '../../hack/cluster/network.ts'
import { openPrevious, previousCommit } from '../../hack/cluster/previous.ts'
import { startChecker } from './checker/start.ts'
import { testCluster } from './cluster.ts'
import { installThisTree, NAMESPACE, sampleNetwork } from './network.ts'
import { watchPods } from './pod-watch.ts'
import { noteInReport } from './report.ts'

const PREVIOUS_DAPP = 'dapp-previous'
/** Namespace of the network that the release before made. */
const ELDER = 'elder'
/** Eleven pods, one at a time, each when the network is whole again. */
const ROLLED_MS = 900_000

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly spec: { readonly containers: readonly { readonly image: string }[] }
}

const podsOfNetwork = (cluster: Cluster, namespace: string): Promise<Pod[]> =>
  objects<Pod>(cluster, ['pods', '-n', namespace, '-l', 'app.kubernetes.io/part-of=lunarx'])

const uids = async (cluster: Cluster, namespace: string): Promise<string[]> =>
  (await podsOfNetwork(cluster, namespace)).map(({ metadata: { uid } }) => uid).sort()

interface Lease {
  readonly spec: { readonly holderIdentity: string }
}

/** The operator of this release leads, and has looked at the network: it made a budget again that is gone. */
async function works(cluster: Cluster, { operator }: Images, namespace: string): Promise<void> {
  await until(`an operator ${operator} that leads`, 120_000, async () => {
    const [lease] = await objects<Lease>(cluster, ['lease', '-n', SYSTEM, 'lunarx-operator'])
    const pods = await objects<Pod>(cluster, ['pods', '-n', SYSTEM])
    const leader = pods.find(({ metadata: { name } }) => lease?.spec.holderIdentity.startsWith(name))
    return leader?.spec.containers[0]?.image === operator ? true : undefined
  })
  const budget = ['-n', namespace, 'pdb', 'lunar-providers']
  const [old] = await objects<Pod>(cluster, budget)
  await kubectl(cluster, ['delete', ...budget])
  await until('the budget, made again', 120_000, async () => {
    const [now] = await objects<Pod>(cluster, [...budget, '--ignore-not-found'])
    return now !== undefined && now.metadata.uid !== old?.metadata.uid ? true : undefined
  })
}

async function roll(cluster: Cluster, { node }: Images, namespace: string): Promise<void> {
  const patch = JSON.stringify({ spec: { image: node } })
  await kubectl(cluster, ['patch', '-n', namespace, 'lnet', NETWORK, '--type=merge', '-p', patch])
  await until(`every pod to run ${node}`, ROLLED_MS, async () => {
    const left = (await podsOfNetwork(cluster, namespace)).filter(({ spec }) => spec.containers[0]?.image !== node)
    if (left.length > 0) throw new Error(`still to come: ${left.map(({ metadata: { name } }) => name).join(', ')}`)
    return true
  })
  await waitFor(cluster, namespace, 'Healthy', 300)
}

/** Installs one after another and rolls it out. The DApps use the network all the time. */
async function passThrough(
  t: ExecutionContext,
  cluster: Cluster,
  { releases, namespace, dapps, from }: { releases: readonly Release[]; namespace: string; dapps: readonly string[]; from: string },
): Promise<void> {
  const checkers = await Promise.all(dapps.map((pod) => startChecker(cluster, namespace, pod)))
  t.teardown(() => Promise.all(checkers.map((checker) => checker.stop())))
  await using watch = await watchPods(cluster, namespace)
  for (const release of releases) {
    const before = await uids(cluster, namespace)
    await installOperator(cluster, release)
    await works(cluster, release.images, namespace)
    await waitFor(cluster, namespace, 'Ready', 120)
    t.deepEqual(await uids(cluster, namespace), before)
    await roll(cluster, release.images, namespace)
  }
  const away = await watch.away()
  t.true(away.looks > 10 && away.most.length === 1, away.most.join(' '))
  for (const found of await Promise.all(checkers.map((checker) => checker.findings()))) {
    noteInReport(t, import.meta.url, { from, namespace, mostAwayAtATime: away.most.length, ...found })
    t.deepEqual(found.wrong, [])
    t.deepEqual(found.unreadable, [])
    t.deepEqual(found.failed, { put: 0, get: 0, rm: 0 })
    t.true(found.done.put > 0 && found.done.get > 0)
  }
}

const isWanted = process.env['LUNARX_UPGRADE'] !== undefined && testCluster().lab !== undefined
const inFull = isWanted ? test.serial : test.serial.skip

function commitBefore(): string {
  const commit = previousCommit()
  if (commit === undefined) throw new Error('this clone does not know the release before: fetch all of its history and tags')
  return commit
}

inFull('upgrade and downgrade under load (lab, with --full or LUNARX_UPGRADE=1): no operation of a client fails', async (t) => {
  const from = commitBefore()
  const cluster = await sampleNetwork()
  await using previous = await openPrevious(cluster, from)
  await startDapp(cluster, NAMESPACE, { pod: PREVIOUS_DAPP, image: previous.images.node })
  t.teardown(() => kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', PREVIOUS_DAPP, '--now', '--ignore-not-found']))
  // of that release, programs that begin at once in a fresh home could trip over one another's key
  await kubectl(cluster, ['exec', '-n', NAMESPACE, PREVIOUS_DAPP, '--', 'lunarx', 'status'])
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  await passThrough(t, cluster, { releases: [previous, thisTree(cluster)], namespace: NAMESPACE, dapps: [DAPP, PREVIOUS_DAPP], from })
})

inFull('a network that the release before made and filled (with --full): upgraded and taken back under load', async (t) => {
  const from = commitBefore()
  const cluster = await sampleNetwork()
  await using previous = await openPrevious(cluster, from)
  t.teardown(async () => {
    await installThisTree(cluster)
    await kubectl(cluster, ['delete', 'namespace', ELDER, '--ignore-not-found', '--timeout=170s'])
  })
  await installOperator(cluster, previous)
  await works(cluster, previous.images, NAMESPACE)
  await applySample(cluster, ELDER)
  await waitFor(cluster, ELDER, 'Ready', 300)
  await startDapp(cluster, ELDER, { image: previous.images.node }) // whose first program is the put
  await inDapp(cluster, ELDER, 'head -c 48M /dev/urandom > /tmp/elder && lunarx put /tmp/elder elder/file')
  await waitFor(cluster, ELDER, 'Healthy', 300)
  await passThrough(t, cluster, { releases: [thisTree(cluster), previous], namespace: ELDER, dapps: [DAPP], from })
  t.is(await inDapp(cluster, ELDER, 'lunarx get elder/file - | sha256sum'), await inDapp(cluster, ELDER, 'sha256sum < /tmp/elder'))
})
