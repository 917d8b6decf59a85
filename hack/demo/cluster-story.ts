/**
 * The story of the demo on a cluster: install, store, destroy, heal, read again.
 *
 * @module
 */
import { objects, type Cluster } from '../cluster/cluster.ts'
import {
  applySample,
  destroyProvider,
  hashShards,
  inDapp,
  installOperator,
  liveSets,
  type LiveSets,
  NETWORK,
  providerPods,
  startDapp,
  waitFor,
} from '../cluster/network.ts'
import { watchHealing } from './healing.ts'
import type { Narrator } from './narrator.ts'

const NAMESPACE = 'lunarx-demo'
const FILE = '/home/dapp/file'

export async function tellClusterStory(cluster: Cluster, narrator: Narrator, mib: number): Promise<void> {
  await narrator.step('install the operator (helm upgrade --install lunarx charts/lunarx-operator)', () => installOperator(cluster))
  await narrator.step('kubectl apply -f config/samples/lunar-network.yaml, until Ready', async () => {
    await applySample(cluster, NAMESPACE)
    await waitFor(cluster, NAMESPACE, 'Ready', 300)
  })
  await narrator.step('start a DApp pod (config/samples/dapp.yaml)', () => startDapp(cluster, NAMESPACE))

  const sum = await narrator.step(`lunarx put: ${mib} MiB of random bytes`, async () => {
    const name = `demo/${Date.now()}`
    await inDapp(
      cluster,
      NAMESPACE,
      `head -c ${mib}M /dev/urandom > ${FILE} && lunarx put ${FILE} ${name} > /dev/null && echo ${name} > ${FILE}.name`,
      900_000,
    )
    const hash = (await inDapp(cluster, NAMESPACE, `sha256sum < ${FILE}`)).slice(0, 64)
    narrator.say(`sha256 ${hash}`)
    return hash
  })
  await narrator.step('lunarx get: the same bytes', () => readBack(cluster, narrator, sum))

  const victim = await fullestProvider(cluster)
  const before = victim.shards
  const look = (): Promise<LiveSets> => liveSets(cluster, NAMESPACE)
  const setsBefore = await look()
  await narrator.step(`destroy ${victim.pod} and its volume (${before.size} shards)`, () => destroyProvider(cluster, NAMESPACE, victim.pod))
  await narrator.step('the fleet heals', async () => {
    await watchHealing(look, setsBefore, before.size, narrator)
    await waitFor(cluster, NAMESPACE, 'Healthy', 180)
  })
  await narrator.step('every lost shard exists again, bit for bit', () => findAgain(cluster, narrator, before))
  await narrator.step('lunarx get: the same bytes again', () => readBack(cluster, narrator, sum))
  narrator.summary()
  const tools = cluster.toolFolder ? `\n  export PATH=${cluster.toolFolder}:$PATH` : ''
  console.log(`
— how to go on${tools}
  export KUBECONFIG=${cluster.kubeconfig}
  kubectl get lunarx -n ${NAMESPACE}
  kubectl describe lnet/${NETWORK} -n ${NAMESPACE}
  kubectl exec -n ${NAMESPACE} -it dapp -- lunarx status
  kubectl scale -n ${NAMESPACE} lprv/pool-a --replicas=5${cluster.lab ? `\n  npm run lab -- down ${cluster.lab}        # removes the cluster` : ''}`)
}

async function readBack(cluster: Cluster, narrator: Narrator, sum: string): Promise<void> {
  const read = (await inDapp(cluster, NAMESPACE, `lunarx get "$(cat ${FILE}.name)" - | sha256sum`, 900_000)).slice(0, 64)
  if (read !== sum) throw new Error(`read back ${read}, stored ${sum}`)
  narrator.say(`sha256 ${read}, as stored`)
}

async function fullestProvider(cluster: Cluster): Promise<{ pod: string; shards: Map<string, string> }> {
  const pods = await providerPods(cluster, NAMESPACE)
  const held = await Promise.all(
    pods.map(async ({ metadata: { name } }) => ({ pod: name, shards: await hashShards(cluster, NAMESPACE, name) })),
  )
  const [fullest] = held.toSorted((a, b) => b.shards.size - a.shards.size)
  if (!fullest || fullest.shards.size === 0) throw new Error('no provider holds a shard')
  return fullest
}

async function findAgain(cluster: Cluster, narrator: Narrator, lost: Map<string, string>): Promise<void> {
  const pods = await providerPods(cluster, NAMESPACE)
  const now = new Map<string, string>()
  for (const { metadata } of pods) for (const [shard, hash] of await hashShards(cluster, NAMESPACE, metadata.name)) now.set(shard, hash)
  const missing = [...lost].filter(([shard, hash]) => now.get(shard) !== hash)
  if (missing.length > 0) throw new Error(`${missing.length} of ${lost.size} shards are not back bit for bit, e.g. ${missing[0]?.[0]}`)
  const claims = await objects<object>(cluster, ['-n', NAMESPACE, 'pvc'])
  narrator.say(`${lost.size} shards compared with the hashes taken before; ${claims.length} volumes`)
}
