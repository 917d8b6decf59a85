import test from 'ava'
import { kubectl, until } from '../../hack/cluster/cluster.ts'
import { conditionOf, destroyProvider, hashShards, inDapp, providerPods, readNetwork, waitFor } from '../../hack/cluster/network.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { noteInReport } from './report.ts'

/** Of the sample's class: 4 + 2. */
const SHARDS_OF_A_SET = 6

const allShards = async (cluster: Awaited<ReturnType<typeof sampleNetwork>>): Promise<Map<string, Map<string, string>>> => {
  const pods = await providerPods(cluster, NAMESPACE)
  return new Map(await Promise.all(pods.map(async ({ metadata: { name } }) => [name, await hashShards(cluster, NAMESPACE, name)] as const)))
}

/**
 * Shards of this pod whose sets are whole. A client that is killed leaves parts of a set; with fewer than k of them there is nothing
 * to rebuild it from, and nobody promised it.
 */
function promisedShards(all: ReadonlyMap<string, ReadonlyMap<string, string>>, pod: string): Map<string, string> {
  const setOf = (shard: string): string => shard.slice(0, shard.lastIndexOf('.'))
  const held = new Set([...all.values()].flatMap((shards) => [...shards.keys()]))
  const sizes = new Map<string, number>()
  for (const shard of held) sizes.set(setOf(shard), (sizes.get(setOf(shard)) ?? 0) + 1)
  return new Map([...(all.get(pod) ?? [])].filter(([shard]) => sizes.get(setOf(shard)) === SHARDS_OF_A_SET))
}

test.serial(
  'a provider pod and its volume are destroyed: every lost shard exists again bit for bit, and the file reads back',
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

    await destroyProvider(cluster, NAMESPACE, pod)
    const destroyedMs = performance.now()
    const since = (): number => Math.round((performance.now() - destroyedMs) / 1000)
    await until('status to say so', 120_000, async () =>
      conditionOf(await readNetwork(cluster, NAMESPACE), 'Healthy')?.status === 'False' ? true : undefined,
    )
    const detectedSeconds = since()
    const found = await until('every lost shard on some volume', 300_000, async () => {
      const now = await allShards(cluster)
      const shards = new Map([...now.values()].flatMap((held) => [...held]))
      const missing = [...lost].filter(([shard, hash]) => shards.get(shard) !== hash).map(([shard]) => shard)
      if (missing.length > 0) throw new Error(`missing: ${missing.join(' ')}`)
      return shards
    })
    for (const [shard, hash] of lost) t.is(found.get(shard), hash, shard)
    const rebuiltSeconds = since()

    await waitFor(cluster, NAMESPACE, 'Healthy', 180)
    noteInReport(t, import.meta.url, { shards: lost.size, detectedSeconds, rebuiltSeconds, healthySeconds: since() })
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

test.serial('all tracker volumes are lost: nothing else is, and new objects can be stored', async (t) => {
  const cluster = await sampleNetwork()
  await inDapp(
    cluster,
    NAMESPACE,
    'head -c 9M /dev/urandom > /home/dapp/map && lunarx put /home/dapp/map map/file && echo small | lunarx put - map/note',
  )
  const replicas = ['tracker-0', 'tracker-1', 'tracker-2']
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pvc', ...replicas.map((pod) => `data-${pod}`), '--wait=false'])
  await kubectl(cluster, ['delete', '-n', NAMESPACE, 'pod', ...replicas, '--force', '--grace-period=0'])
  await kubectl(cluster, ['wait', '-n', NAMESPACE, 'ltrk/tracker', '--for=condition=Ready', '--timeout=180s'], { timeoutMs: 190_000 })
  const sum = await inDapp(cluster, NAMESPACE, 'sha256sum < /home/dapp/map')
  const read = await until('the file from a map made anew', 120_000, () => inDapp(cluster, NAMESPACE, 'lunarx get map/file - | sha256sum'))
  t.is(read, sum)
  t.is(await inDapp(cluster, NAMESPACE, 'lunarx get map/note -'), 'small\n')
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
