/**
 * A pool with data is deleted under load: what it holds moves to the others, nobody notices, and then nothing of it is left.
 */
import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, hashShards, inDapp, NETWORK, providerPods, waitFor } from '../../hack/cluster/network.ts'
import { startChecker } from './checker/start.ts'
import { NAMESPACE, sampleNetwork } from './network.ts'
import { noteInReport } from './report.ts'

const POOL = 'pool-c'
const PODS = ['pool-c-0', 'pool-c-1']
const MANIFEST = {
  apiVersion: 'lunarx.dev/v1alpha1',
  kind: 'Provider',
  metadata: { name: POOL },
  spec: { network: NETWORK, replicas: PODS.length, volume: { size: '1Gi' } },
}

interface Named {
  readonly metadata: { readonly name: string }
}
interface PoolObject extends Named {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[] }
}

const namesOf = async (cluster: Cluster, kind: string): Promise<string[]> =>
  (await objects<Named>(cluster, ['-n', NAMESPACE, kind, '-l', `app.kubernetes.io/instance=${POOL}`])).map(({ metadata }) => metadata.name)

const readPool = async (cluster: Cluster): Promise<PoolObject | undefined> =>
  (await objects<PoolObject>(cluster, ['-n', NAMESPACE, 'lprv'])).find(({ metadata }) => metadata.name === POOL)

const saysOf = (pool: PoolObject | undefined, type: string): string =>
  pool?.status?.conditions?.find((one) => one.type === type)?.message ?? `no condition ${type}`

/** Shard file → hash. */
async function shardsOn(cluster: Cluster, pods: readonly string[]): Promise<Map<string, string>> {
  const held: [string, string][] = []
  for (const pod of pods) held.push(...(await hashShards(cluster, NAMESPACE, pod)))
  return new Map(held)
}

/** Puts objects until each of the pods holds shards: which ones a set falls to is chance. */
async function fill(cluster: Cluster): Promise<Map<string, string>> {
  for (let i = 0; i < 30; i++) {
    await inDapp(cluster, NAMESPACE, `head -c 1M /dev/urandom | lunarx put - deleted/fill${i}`)
    const each = await Promise.all(PODS.map((pod) => shardsOn(cluster, [pod])))
    if (each.every(({ size }) => size > 0)) return await shardsOn(cluster, PODS)
  }
  throw new Error(`no shard of thirty sets fell to one of ${PODS.join(', ')}`)
}

const FILE = '/home/dapp/deleted'

test.serial(
  'a pool with data is deleted under load: drained, then pods, claims and it go; no operation fails, no byte is lost',
  async (t) => {
    const cluster = await sampleNetwork()
    await kubectl(cluster, ['apply', '-n', NAMESPACE, '-f', '-'], { input: JSON.stringify(MANIFEST) })
    // whatever happens, the tests that follow find the sample alone
    t.teardown(async () => {
      if ((await readPool(cluster)) === undefined) return
      await kubectl(cluster, ['annotate', '-n', NAMESPACE, `lprv/${POOL}`, 'lunarx.dev/delete-undrained=true', '--overwrite'])
      await kubectl(cluster, ['delete', '-n', NAMESPACE, `lprv/${POOL}`, '--timeout=120s'])
    })
    await kubectl(cluster, ['wait', '-n', NAMESPACE, `lprv/${POOL}`, '--for=condition=Healthy', '--timeout=300s'])
    await inDapp(cluster, NAMESPACE, `head -c 64M /dev/urandom > ${FILE} && lunarx put ${FILE} deleted/file`)
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    const held = await fill(cluster)
    const checker = await startChecker(cluster, NAMESPACE, DAPP)
    t.teardown(() => checker.stop())

    const startedMs = Date.now()
    await kubectl(cluster, ['delete', '-n', NAMESPACE, `lprv/${POOL}`, '--wait=false'])
    const begun = await until('Draining=True', 120_000, async () => {
      const pool = await readPool(cluster)
      return pool?.status?.conditions?.find(({ type, status }) => type === 'Draining' && status === 'True')?.message
    })
    t.regex(begun, /pool-c-/)
    await until('the pool to be gone', 600_000, async () => {
      const pool = await readPool(cluster)
      if (pool === undefined) return true
      throw new Error(`${saysOf(pool, 'Draining')} ${saysOf(pool, 'ScaleDownRefused')}`) // what a failure tells
    })
    const seconds = Math.round((Date.now() - startedMs) / 1000)
    t.deepEqual([await namesOf(cluster, 'pods'), await namesOf(cluster, 'pvc')], [[], []], 'it goes last')
    const found = await checker.findings()
    noteInReport(t, import.meta.url, { shards: held.size, seconds, ...found })
    t.deepEqual([found.wrong, found.unreadable, found.told], [[], [], []])
    t.true(found.done.put > 0 && found.done.get > 0)
    const others = (await providerPods(cluster, NAMESPACE)).map(({ metadata: { name } }) => name)
    const now = await shardsOn(cluster, others)
    t.deepEqual(
      [...held].filter(([shard, hash]) => now.get(shard) !== hash).map(([shard]) => shard),
      [],
      'every shard of it lies elsewhere, bit for bit',
    )
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    t.is(await inDapp(cluster, NAMESPACE, 'lunarx get deleted/file - | sha256sum'), await inDapp(cluster, NAMESPACE, `sha256sum < ${FILE}`))
    const { providers } = JSON.parse(await inDapp(cluster, NAMESPACE, 'lunarx status --json')) as {
      readonly providers: readonly { readonly name: string; readonly retired: boolean }[]
    }
    t.true(
      providers.every(({ name, retired }) => !PODS.includes(name) || retired),
      'removed on purpose, not lost',
    )
    await until('no StatefulSet', 60_000, async () => ((await namesOf(cluster, 'statefulsets')).length === 0 ? true : undefined))
  },
)
