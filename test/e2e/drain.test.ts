import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { inDapp, waitFor } from '../../hack/cluster/network.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { allShards, assertAllThere, promisedShards, type Shards } from './shards.ts'

const POOL = 'pool-b'

interface Named {
  readonly metadata: { readonly name: string; readonly uid: string }
}
interface PoolStatus extends Named {
  readonly spec: { readonly replicas: number }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[] }
}

const readPool = async (cluster: Cluster): Promise<PoolStatus> => {
  const [pool] = await objects<PoolStatus>(cluster, ['-n', NAMESPACE, 'lprv', POOL])
  if (!pool) throw new Error(`no Provider ${POOL}`)
  return pool
}

const scale = (cluster: Cluster, replicas: number): Promise<string> =>
  kubectl(cluster, ['scale', '-n', NAMESPACE, `lprv/${POOL}`, `--replicas=${replicas}`])

/** All there are of a kind, by name. */
const uidsOf = async (cluster: Cluster, kind: string): Promise<Map<string, string>> => {
  const found = await objects<Named>(cluster, ['-n', NAMESPACE, kind, '-l', 'app.kubernetes.io/component=provider'])
  return new Map(found.map(({ metadata: { name, uid } }) => [name, uid]))
}

interface LiveProvider {
  readonly peer: string
  readonly name: string
  readonly state: string
  readonly declaredLost: boolean
  readonly retired: boolean
  readonly drain: object | null
}
interface LiveStatus {
  readonly sets: { readonly degraded: number }
  readonly providers: readonly LiveProvider[]
}

/** What the trackers say. */
const readStatus = async (cluster: Cluster): Promise<LiveStatus> =>
  JSON.parse(await inDapp(cluster, NAMESPACE, 'lunarx status --json')) as LiveStatus

/** What the operator waits for, and what every tracker says. */
async function describeDrain(cluster: Cluster, pod: string): Promise<string> {
  const condition = (await readPool(cluster)).status?.conditions?.find(({ type }) => type === 'Draining')
  const { providers } = await readStatus(cluster)
  return JSON.stringify({ condition, drain: providers.filter(({ name }) => name === pod).map(({ drain }) => drain) })
}

/** Who lives in a pod now: who lived there before, on another volume, is known as well. */
async function peerIn(cluster: Cluster, pod: string): Promise<string> {
  const { providers } = await readStatus(cluster)
  const found = providers.filter(({ name, state, declaredLost }) => name === pod && state === 'alive' && !declaredLost)
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} providers live in ${pod}`)
  return found[0].peer
}

/** Puts objects until a provider holds shards: which ones a set falls to is chance, and one may be passed over for long. */
async function fillUntilHeldBy(cluster: Cluster, pod: string): Promise<Shards> {
  for (let i = 0; i < 20; i++) {
    await inDapp(cluster, NAMESPACE, `head -c 1M /dev/urandom | lunarx put - drain/fill${i}`)
    // what a test before has removed may go while it is read
    const shards = promisedShards(await until('shards that hold still', 60_000, () => allShards(cluster)), pod)
    if (shards.size > 0) return shards
  }
  throw new Error(`no shard of twenty sets fell to ${pod}`)
}

/** Puts and gets in the DApp pod until there is a file `stop`; ends with an error at the first byte that differs. @returns rounds */
const useMeanwhile = async (cluster: Cluster): Promise<number> => {
  const rounds = await inDapp(
    cluster,
    NAMESPACE,
    `cd /home/dapp; rm -f stop; sum=$(sha256sum < drained); n=0
     until [ -e stop ]; do
       n=$((n + 1)); name=drain/small$((n % 4)); head -c 3M /dev/urandom > small
       lunarx put small $name > /dev/null
       [ "$(lunarx get $name - | sha256sum)" = "$(sha256sum < small)" ]
       [ "$(lunarx get drain/file - | sha256sum)" = "$sum" ]
     done; echo $n`,
    900_000,
  )
  return Number(rounds)
}

test.serial('a pool is scaled down by one under reads and writes: no byte is lost, pod and claim go; then up again', async (t) => {
  const cluster = await sampleNetwork()
  await inDapp(cluster, NAMESPACE, 'head -c 64M /dev/urandom > /home/dapp/drained && lunarx put /home/dapp/drained drain/file')
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  const { replicas } = (await readPool(cluster)).spec
  const victim = `${POOL}-${replicas - 1}`
  const claims = await uidsOf(cluster, 'pvc')
  t.true(claims.has(`data-${victim}`))
  const lost = await fillUntilHeldBy(cluster, victim)
  const peer = await peerIn(cluster, victim)

  const used = useMeanwhile(cluster)
  await scale(cluster, replicas - 1)
  await until('Draining=True', 60_000, async () => {
    const { status } = await readPool(cluster)
    return status?.conditions?.find(({ type, status: is }) => type === 'Draining' && is === 'True')
  })
  await until('pod and claim to go', 300_000, async () => {
    const [pods, left] = [await uidsOf(cluster, 'pods'), await uidsOf(cluster, 'pvc')]
    if (!pods.has(victim) && !left.has(`data-${victim}`)) return true
    throw new Error(await describeDrain(cluster, victim)) // what a failure tells
  })
  await inDapp(cluster, NAMESPACE, 'touch /home/dapp/stop')
  t.true((await used) > 0, 'there were reads and writes all the time')
  // what the load has written over goes for a moment yet
  const moved = await until('every shard of the drained pod elsewhere', 60_000, async () => assertAllThere(lost, await allShards(cluster)))
  t.true(moved > 0)

  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  t.is(
    await inDapp(cluster, NAMESPACE, 'lunarx get drain/file - | sha256sum'),
    await inDapp(cluster, NAMESPACE, 'sha256sum < /home/dapp/drained'),
  )
  t.is((await readStatus(cluster)).sets.degraded, 0)
  const gone = await until('the trackers to know it gone', 60_000, async () =>
    (await readStatus(cluster)).providers.find((one) => one.peer === peer && one.declaredLost),
  )
  t.true(gone.retired, 'removed on purpose, not lost')

  await scale(cluster, replicas)
  const fresh = await until('the pod again, on a new volume', 180_000, async () => {
    const uid = (await uidsOf(cluster, 'pvc')).get(`data-${victim}`)
    return (await uidsOf(cluster, 'pods')).has(victim) ? uid : undefined
  })
  t.not(fresh, claims.get(`data-${victim}`))
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
})

test.serial('a scale-down that is taken back stops the drain: the pod stays with its volume', async (t) => {
  const cluster = await sampleNetwork()
  await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  const { replicas } = (await readPool(cluster)).spec
  const before = [await uidsOf(cluster, 'pods'), await uidsOf(cluster, 'pvc')]
  await scale(cluster, replicas - 1)
  await scale(cluster, replicas)
  await until('Draining=False', 60_000, async () => {
    const { status } = await readPool(cluster)
    return status?.conditions?.find(({ type, status: is }) => type === 'Draining' && is === 'False')
  })
  const drains = await until('no tracker drains anybody', 60_000, async () => {
    const { providers } = await readStatus(cluster)
    return providers.every(({ drain }) => drain === null) ? 'none' : undefined
  })
  t.is(drains, 'none')
  t.deepEqual([await uidsOf(cluster, 'pods'), await uidsOf(cluster, 'pvc')], before)
})
