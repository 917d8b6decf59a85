import test, { type ExecutionContext } from 'ava'
import { isDeepStrictEqual } from 'node:util'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { conditionOf, DAPP, destroyProvider, inDapp, liveSets, providerPods, readNetwork, waitFor } from '../../hack/cluster/network.ts'
import { startChecker, type Checker } from './checker/start.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { isFullRun, noteInReport } from './report.ts'
import { allShards, assertAllThere, promisedShards, setsOf } from './shards.ts'
import { assertInTime, peersIn, secondsOf, watchSilence } from './silence.ts'

/** Seconds since it was called. */
function stopwatch(): () => number {
  const startedMs = performance.now()
  return () => Math.round((performance.now() - startedMs) / 1000)
}

/** What the load came to while something was lost. */
async function checkLoad(t: ExecutionContext, checker: Checker) {
  const { wrong, unreadable, done, failed, longestPauseSeconds } = await checker.findings()
  t.deepEqual(wrong, [])
  t.deepEqual(unreadable, [])
  t.true(done.put > 0 && done.get > 0, JSON.stringify({ done, failed }))
  return { done, failed, longestPauseSeconds }
}

test.serial(
  'a provider pod and its volume are destroyed under load: every lost shard exists again bit for bit, and the file reads back',
  async (t) => {
    const cluster = await sampleNetwork()
    await inDapp(
      cluster,
      NAMESPACE,
      'head -c 96M /dev/urandom > /home/dapp/heal && lunarx put /home/dapp/heal heal/file && sha256sum < /home/dapp/heal > /home/dapp/heal.sum',
    )
    await waitFor(cluster, NAMESPACE, 'Healthy', 120)

    const before = await allShards(cluster)
    const promised = [...before.keys()].map((name) => ({ name, shards: promisedShards(before, name) }))
    const [victim] = promised.toSorted((a, b) => b.shards.size - a.shards.size)
    if (!victim) throw new Error('there are no providers')
    const { name: pod, shards: lost } = victim
    t.true(lost.size > 0, 'the victim holds shards')

    const checker = await startChecker(cluster, NAMESPACE, DAPP)
    t.teardown(() => checker.stop())
    await destroyProvider(cluster, NAMESPACE, pod)
    const since = stopwatch()
    await until('status to say so', 120_000, async () =>
      conditionOf(await readNetwork(cluster, NAMESPACE), 'Healthy')?.status === 'False' ? true : undefined,
    )
    const detectedSeconds = since()
    const found = await until('every lost shard on some volume', 300_000, async () => {
      // the load writes over what a load before it has stored: of such a set nothing is left anywhere
      return assertAllThere(lost, await allShards(cluster))
    })
    t.true(found > 0)
    const rebuiltSeconds = since()

    await waitFor(cluster, NAMESPACE, 'Healthy', 180)
    const times = { shards: found, detectedSeconds, rebuiltSeconds, healthySeconds: since() }
    noteInReport(t, import.meta.url, { ...times, load: await checkLoad(t, checker) })
    // figures of a status are written once a minute at most
    const repair = await until('status to say how fast it was rebuilt', 150_000, async () => {
      const { status } = await readNetwork(cluster, NAMESPACE)
      return status?.repair?.rebuiltPerSecond === undefined ? undefined : status.repair
    })
    t.true(repair.estimatedNines !== undefined && repair.estimatedNines >= 0 && repair.estimatedNines <= 99, `${repair.estimatedNines}`)
    t.is(repair.errorBudget?.totalSeconds, 2592, '0.1 % of 30 days, the default')
    t.true((repair.errorBudget?.leftPercent ?? -1) >= 0 && (repair.errorBudget?.leftPercent ?? 101) <= 100)
    t.is(
      await inDapp(cluster, NAMESPACE, 'lunarx get heal/file - | sha256sum'),
      await inDapp(cluster, NAMESPACE, 'cat /home/dapp/heal.sum'),
    )
  },
)

/** Two providers of one node, by names. With as many pods as the sample has, some node has two. */
async function twoOfOneNode(cluster: Cluster): Promise<{ readonly node: string; readonly names: readonly string[] }> {
  const byNode = Map.groupBy(await providerPods(cluster, NAMESPACE), ({ spec }) => spec.nodeName ?? '')
  const [node, pods] = [...byNode].find(([, those]) => those.length > 1) ?? []
  if (node === undefined || pods === undefined) throw new Error('no node has two providers')
  return { node, names: pods.slice(0, 2).map(({ metadata }) => metadata.name) }
}

/** Puts objects until both hold shards of one set, which then has none to spare without them. */
async function fillBoth(cluster: Cluster, [one = '', other = '']: readonly string[]): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await inDapp(cluster, NAMESPACE, `head -c 1M /dev/urandom | lunarx put - heal/fill${i}`)
    const held = await allShards(cluster, [one, other])
    const [its, others] = [one, other].map((name) => setsOf(held.get(name) ?? new Map()))
    if ([...(its ?? [])].some((set) => others?.has(set))) return
  }
  throw new Error(`no set of twenty has shards on both ${one} and ${other}`)
}

const inFull = isFullRun ? test.serial : test.serial.skip

inFull(
  'two providers fall silent under load (with --full): suspect, then lost by silence alone; sets without a spare shard are healed at once',
  async (t) => {
    const cluster = await sampleNetwork()
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    const { node, names } = await twoOfOneNode(cluster)
    await fillBoth(cluster, names)
    const peers = await peersIn(cluster, names)
    const { repairedShards: repairedBefore } = await liveSets(cluster, NAMESPACE)
    const checker = await startChecker(cluster, NAMESPACE, DAPP)
    t.teardown(() => checker.stop())
    t.teardown(() => kubectl(cluster, ['uncordon', node]))

    // their volumes lie on the node: the pods that are made anew wait for it
    await kubectl(cluster, ['cordon', node])
    await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', ...names, '--force', '--grace-period=0'])
    const since = stopwatch()
    const silence = await watchSilence(cluster, peers, { sinceMs: performance.now(), repairedBefore })
    assertInTime(t, silence)

    await kubectl(cluster, ['uncordon', node])
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    const times = { ...secondsOf(silence), healthySeconds: since() }
    noteInReport(t, import.meta.url, { silent: times, load: await checkLoad(t, checker) })
  },
)

const claimsOfTrackers = async (cluster: Cluster): Promise<Map<string, string>> => {
  const selected = ['-n', NAMESPACE, 'pvc', '-l', 'app.kubernetes.io/component=tracker']
  const claims = await objects<{ readonly metadata: { readonly name: string; readonly uid: string } }>(cluster, selected)
  return new Map(claims.map(({ metadata: { name, uid } }) => [name, uid]))
}

/** Sets by margin, those left out that a killed client has left in parts: nobody promised these. */
async function promisedSets(cluster: Cluster): Promise<Readonly<Record<string, number>>> {
  const { margin } = await liveSets(cluster, NAMESPACE)
  return Object.fromEntries(Object.entries(margin).filter(([spare, sets]) => spare !== 'lost' && sets > 0))
}

test.serial('all tracker volumes are lost: the map comes back from inventories, and new objects can be stored', async (t) => {
  const cluster = await sampleNetwork()
  await inDapp(
    cluster,
    NAMESPACE,
    'head -c 9M /dev/urandom > /home/dapp/map && lunarx put /home/dapp/map map/file && echo small | lunarx put - map/note',
  )
  await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  const replicas = ['tracker-0', 'tracker-1', 'tracker-2']
  const [sets, claims] = [await promisedSets(cluster), await claimsOfTrackers(cluster)]
  t.true(Object.values(sets).reduce((sum, one) => sum + one, 0) > 0)
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pvc', ...replicas.map((pod) => `data-${pod}`), '--wait=false'])
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', ...replicas, '--force', '--grace-period=0'])
  await kubectl(cluster, ['wait', '-n', NAMESPACE, 'ltrk/tracker', '--for=condition=Ready', '--timeout=180s'], { timeoutMs: 190_000 })
  const sum = await inDapp(cluster, NAMESPACE, 'sha256sum < /home/dapp/map')
  const read = await until('the file from a map made anew', 120_000, () => inDapp(cluster, NAMESPACE, 'lunarx get map/file - | sha256sum'))
  t.is(read, sum)
  t.is(await inDapp(cluster, NAMESPACE, 'lunarx get map/note -'), 'small\n')
  const since = stopwatch()
  // a client could read by what its manifest says of holders: the trackers themselves must know every set, with every shard
  await until('every set in the map again, with the margin it had', 180_000, async () => {
    const now = await promisedSets(cluster)
    if (isDeepStrictEqual(now, sets)) return true
    throw new Error(`sets by margin: ${JSON.stringify(now)}, and were ${JSON.stringify(sets)}`)
  })
  const now = await claimsOfTrackers(cluster)
  t.deepEqual([...now.keys()].sort(), [...claims.keys()].sort())
  for (const [name, uid] of claims) t.not(now.get(name), uid, `${name} is a new volume`)
  noteInReport(t, import.meta.url, { sets, secondsToTheWholeMapAfterTheFirstRead: since() })
  await until('a put to succeed', 60_000, () => inDapp(cluster, NAMESPACE, 'lunarx put /home/dapp/map map/again'))
  t.is(await inDapp(cluster, NAMESPACE, 'lunarx get map/again - | sha256sum'), sum)
})

test.serial('a scale-up adds providers; a scale-down that leaves too few is refused with a condition and removes no pod', async (t) => {
  const cluster = await sampleNetwork()
  await kubectl(cluster, ['scale', '-n', NAMESPACE, 'lprv/pool-b', '--replicas=5'])
  await until('a fifth pod', 120_000, async () => ((await providerPods(cluster, NAMESPACE)).length === 9 ? true : undefined))
  const uids = new Set((await providerPods(cluster, NAMESPACE)).map((pod) => pod.metadata.uid))
  await kubectl(cluster, ['scale', '-n', NAMESPACE, 'lprv/pool-b', '--replicas=1'])
  const refusal = await until('the refusal', 60_000, async () => {
    const pool = JSON.parse(await kubectl(cluster, ['get', '-n', NAMESPACE, 'lprv/pool-b', '-o', 'json'])) as {
      status?: { conditions?: { type: string; status: string; message: string }[] }
    }
    return pool.status?.conditions?.find((condition) => condition.type === 'ScaleDownRefused' && condition.status === 'True')
  })
  t.regex(refusal.message, /class standard/)
  t.deepEqual(new Set((await providerPods(cluster, NAMESPACE)).map((pod) => pod.metadata.uid)), uids)
  await kubectl(cluster, ['scale', '-n', NAMESPACE, 'lprv/pool-b', '--replicas=5'])
})

test.serial('status follows: Ready and Healthy with the generation they were observed at', async (t) => {
  const cluster = await sampleNetwork()
  const network = await until('status to follow the generation', 60_000, async () => {
    const now = await readNetwork(cluster, NAMESPACE)
    return now.status?.observedGeneration === now.metadata.generation ? now : undefined
  })
  t.is(conditionOf(network, 'Ready')?.status, 'True')
  for (const type of ['Ready', 'Healthy']) t.is(conditionOf(network, type)?.observedGeneration, network.metadata.generation, type)
  t.true((network.status?.sets?.total ?? 0) > 0)
})
