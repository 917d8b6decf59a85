import test from 'ava'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { conditionOf, inDapp, liveStatus, providerPods, readNetwork, waitFor } from '../../hack/cluster/network.ts'
import { testCluster } from './cluster.ts'
import { NAMESPACE, patchNetwork, sampleNetwork } from './network.ts'
import { lab, makeRoomWithout, nodesOfProviders, podsIn, type PlacedPod } from './nodes.ts'
import { isFullRun, noteInReport } from './report.ts'
import { allShards, anywhere, setOf, setsOf, type Shards, type ShardsByPod } from './shards.ts'
import { assertInTime, peersIn, secondsOf, watchSilence } from './silence.ts'

/** Only the lab can have a power cut. */
const onLab = testCluster().lab === undefined ? test.serial.skip : test.serial

/** docs/CLI.md */
const NO_SUCH_NAME = 3

const claimUids = async (cluster: Cluster): Promise<Map<string, string>> => {
  const claims = await objects<PlacedPod>(cluster, ['-n', NAMESPACE, 'pvc'])
  return new Map(claims.map(({ metadata }) => [metadata.name, metadata.uid]))
}

onLab(
  'a node loses its power: its pods start elsewhere on empty volumes, every shard exists again; its late return changes nothing',
  async (t) => {
    const cluster = await sampleNetwork()
    const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
    await shell('head -c 64M /dev/urandom > /home/dapp/node && lunarx put /home/dapp/node node/file && echo kept | lunarx put - node/note')
    await waitFor(cluster, NAMESPACE, 'Healthy', 180)
    const lostNode = (spec: object | null): Promise<string> => patchNetwork(cluster, { lostNode: spec })
    await lostNode({ policy: 'Replace', afterSeconds: 30 })

    const [gone = ''] = await nodesOfProviders(cluster, { operator: true })
    const stranded = (await podsIn(cluster, NAMESPACE)).filter(({ spec: { nodeName } }) => nodeName === gone)
    const providers = (await providerPods(cluster, NAMESPACE)).filter(({ spec: { nodeName } }) => nodeName === gone)
    const lost = anywhere(
      await allShards(
        cluster,
        providers.map(({ metadata: { name } }) => name),
      ),
    )
    const peers = new Map(
      (await liveStatus(cluster, NAMESPACE)).providers.filter(({ state }) => state === 'alive').map(({ name, peer }) => [name, peer]),
    )
    const claims = await claimUids(cluster)
    t.true(providers.length > 0 && lost.size > 0)

    await lab(cluster, 'node', 'crash', gone)
    await until('the pods elsewhere, on volumes of their own', 240_000, async () => {
      const [pods, now] = [await podsIn(cluster, NAMESPACE), await claimUids(cluster)]
      const isReplaced = ({ metadata: { name, uid } }: PlacedPod): boolean => {
        const live = pods.find((pod) => pod.metadata.name === name)
        const claim = now.get(`data-${name}`)
        const isElsewhere = live?.spec.nodeName !== undefined && live.spec.nodeName !== gone
        return isElsewhere && live.metadata.uid !== uid && claim !== undefined && claim !== claims.get(`data-${name}`)
      }
      return stranded.every(isReplaced) ? true : undefined
    })
    await waitFor(cluster, NAMESPACE, 'Healthy', 240)
    const found = anywhere(await allShards(cluster))
    for (const [shard, hash] of lost) t.is(found.get(shard), hash, shard)
    t.is(await shell('lunarx get node/file - | sha256sum'), await shell('sha256sum < /home/dapp/node'))

    await lab(cluster, 'node', 'boot', gone)
    await kubectl(cluster, ['wait', `node/${gone}`, '--for=condition=Ready', '--timeout=60s'])
    await until('nothing of the old pods on the node', 60_000, async () =>
      (await podsIn(cluster, NAMESPACE)).some(({ spec, metadata }) => spec.nodeName === gone && metadata.deletionTimestamp)
        ? undefined
        : true,
    )
    await waitFor(cluster, NAMESPACE, 'Healthy', 120)
    const after = await liveStatus(cluster, NAMESPACE)
    const old = new Set(providers.map(({ metadata: { name } }) => peers.get(name)))
    t.deepEqual(
      after.providers.filter(({ peer, declaredLost }) => old.has(peer) && !declaredLost),
      [],
      'old peers stay lost',
    )
    t.is(after.sets.degraded, 0)
    t.is(await shell('lunarx get node/note -'), 'kept\n')
    await lostNode(null)

    // Volumes lie on the other nodes only, by now: pods that are made anew, all at once, go where their volumes are.
    const volumes = await claimUids(cluster)
    await kubectl(cluster, ['delete', 'pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/part-of=lunarx', '--timeout=120s'])
    await until('a network that is not ready', 60_000, async () =>
      conditionOf(await readNetwork(cluster, NAMESPACE), 'Ready')?.status === 'True' ? undefined : true,
    )
    await waitFor(cluster, NAMESPACE, 'Healthy', 240)
    t.deepEqual(await claimUids(cluster), volumes)
    t.is(await shell('lunarx get node/note -'), 'kept\n')
  },
)

/** What may be removed while it is read, so that a look fails now and then. */
const settledShards = (cluster: Cluster): Promise<ShardsByPod> => until('shards that hold still', 60_000, () => allShards(cluster))

interface PlacedObject {
  readonly name: string
  readonly sets: ReadonlySet<string>
}

/** Puts objects until one has a shard in these pods: which ones a set falls to is chance. */
async function putUntilHeldBy(cluster: Cluster, pods: readonly string[], prefix: string): Promise<PlacedObject> {
  let before = setsOf(anywhere(await settledShards(cluster)))
  for (let i = 0; i < 20; i++) {
    const name = `${prefix}${i}`
    await inDapp(cluster, NAMESPACE, `head -c 1M /dev/urandom | lunarx put - ${name}`)
    const now = await settledShards(cluster)
    const known = before
    before = setsOf(anywhere(now))
    const sets = new Set([...before].filter((set) => !known.has(set)))
    const inThem = setsOf(new Map(pods.flatMap((pod) => [...(now.get(pod) ?? [])])))
    if ([...sets].some((set) => inThem.has(set))) return { name, sets }
  }
  throw new Error(`no shard of twenty sets fell to ${pods.join(', ')}`)
}

const inFull = isFullRun && testCluster().lab !== undefined ? test.serial : test.serial.skip

inFull(
  'a node loses its power and is waited for (with --full): its shards exist elsewhere while its pods stay; what it brings back late is what is there, or goes',
  async (t) => {
    const cluster = await sampleNetwork()
    const shell = (script: string): Promise<string> => inDapp(cluster, NAMESPACE, script)
    await shell('head -c 48M /dev/urandom > /home/dapp/late && lunarx put /home/dapp/late late/file')
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    const [gone = ''] = await nodesOfProviders(cluster, { operator: true })
    await makeRoomWithout(cluster, gone)
    const trackers = async (): Promise<string[]> =>
      (await podsIn(cluster, NAMESPACE)).flatMap(({ metadata: { name, uid } }) => (name.startsWith('tracker-') ? [uid] : []))
    const old = await trackers()
    await patchNetwork(cluster, { lostNode: { policy: 'Wait' }, repair: { rebuildAfterSeconds: 5 } })
    t.teardown(() => patchNetwork(cluster, { lostNode: null, repair: null }))
    await until('pods that know of it', 900_000, async () => ((await trackers()).some((uid) => old.includes(uid)) ? undefined : true))
    await waitFor(cluster, NAMESPACE, 'Healthy', 600)

    const names = (await providerPods(cluster, NAMESPACE))
      .filter(({ spec }) => spec.nodeName === gone)
      .map(({ metadata: { name } }) => name)
    const shardsOf = async (pods: readonly string[]): Promise<Shards> => anywhere(await allShards(cluster, pods))
    const removed = await putUntilHeldBy(cluster, names, 'late/removed')
    const overwritten = await putUntilHeldBy(cluster, names, 'late/overwritten')
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    const lost = await shardsOf(names)
    const claims = await claimUids(cluster)
    t.true(names.length > 0 && lost.size > 0)
    const peers = await peersIn(cluster, names)

    await lab(cluster, 'node', 'crash', gone)
    let isAway = true
    const boot = async (): Promise<void> => {
      if (isAway) await lab(cluster, 'node', 'boot', gone)
      isAway = false
    }
    t.teardown(boot)
    const crashedMs = performance.now()
    const others = (await providerPods(cluster, NAMESPACE)).map(({ metadata: { name } }) => name).filter((name) => !names.includes(name))
    const silence = await watchSilence(cluster, peers, { sinceMs: crashedMs })
    assertInTime(t, silence)
    const found = await until('every lost shard elsewhere', 600_000, async () => {
      const now = await shardsOf(others)
      const missing = [...lost.keys()].filter((shard) => !now.has(shard))
      if (missing.length > 0) throw new Error(`${missing.length} of ${lost.size} are missing`)
      return now
    })
    noteInReport(t, import.meta.url, {
      policy: 'Wait',
      ...secondsOf(silence),
      shards: lost.size,
      rebuiltSeconds: Math.round((performance.now() - crashedMs) / 1000),
    })
    for (const [shard, hash] of lost) t.is(found.get(shard), hash, shard)
    t.deepEqual(await claimUids(cluster), claims, 'claims of the node are kept')
    t.is(await shell('lunarx get late/file - | sha256sum'), await shell('sha256sum < /home/dapp/late'))

    // of both the node still has shards, and cannot be told
    await shell(`lunarx rm ${removed.name} && head -c 1M /dev/urandom > /home/dapp/anew && lunarx put /home/dapp/anew ${overwritten.name}`)
    await boot()
    await kubectl(cluster, ['wait', `node/${gone}`, '--for=condition=Ready', '--timeout=60s'])
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
    t.deepEqual(await claimUids(cluster), claims, 'on the volumes of before')
    // told by tombstones: a tracker that was away with it learns of them first, from the others
    const dropped = new Set([...removed.sets, ...overwritten.sets])
    await until('no shard of what was removed or overwritten meanwhile, on any volume', 600_000, async () => {
      const left = [...(await allShards(cluster))].flatMap(([pod, shards]) =>
        [...shards.keys()].filter((shard) => dropped.has(setOf(shard))).map((shard) => `${shard} on ${pod}`),
      )
      if (left.length > 0) throw new Error(left.join(', '))
      return true
    })
    t.is(await shell(`lunarx get ${removed.name} - > /dev/null 2>&1 || echo $?`), `${NO_SUCH_NAME}\n`)
    t.is(await shell(`lunarx get ${overwritten.name} - | sha256sum`), await shell('sha256sum < /home/dapp/anew'))
    // a second copy makes room when there is need of it; until then it is no other than the first
    // its pods count as ready from before for a moment, while their containers start again
    const back = await until('containers of the node that is back', 300_000, () => shardsOf(names))
    const elsewhere = await shardsOf(others)
    for (const [shard, hash] of back) t.is(elsewhere.get(shard) ?? hash, hash, shard)
    t.is((await liveStatus(cluster, NAMESPACE)).sets.degraded, 0)
    t.is(await shell('lunarx get late/file - | sha256sum'), await shell('sha256sum < /home/dapp/late'))
  },
)
