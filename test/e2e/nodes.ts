/**
 * Nodes of the lab as the subjects of faults.
 *
 * @module
 */
import { environment, kubectl, objects, tool, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { DAPP, providerPods, SYSTEM, waitFor } from '../../hack/cluster/network.ts'
import { NAMESPACE } from './network.ts'
import { often } from './often.ts'

export interface PlacedPod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string }
}

/** A command of the lab on this cluster. */
export const lab = ({ lab: name = '' }: Cluster, ...args: readonly string[]): Promise<string> =>
  tool('hack/lab/lab', [...args, name], process.env)

/** A program on a node of the lab, or on `cp`. */
export const onNode = ({ lab: name = '' }: Cluster, node: string, ...command: readonly string[]): Promise<string> =>
  tool('hack/lab/lab', ['exec', node, name, '--', ...command], process.env)

/** Nobody is answered when it resolves. @throws {Error} somebody is */
export async function killApiServer(cluster: Cluster): Promise<void> {
  await lab(cluster, 'svc', 'kill', 'cp', 'apiserver')
  const answer = await tool('kubectl', ['get', '--raw', '/readyz'], environment(cluster)).catch(() => undefined)
  if (answer !== undefined) throw new Error('the API server answers though it was killed')
}

/** It ends by itself when it was too slow to begin: kubelet or systemd start it again elsewhere. */
export const startApiServer = (cluster: Cluster): Promise<string> =>
  until('the API server answers', 180_000, async () => {
    await lab(cluster, 'svc', 'start', 'cp', 'apiserver')
    return await tool('kubectl', ['get', '--raw', '/readyz'], environment(cluster))
  })

interface EtcdAnswer {
  readonly header: { readonly revision: string }
  readonly deleted?: string
}

/**
 * An object is gone from etcd, and its history as well: no watch ever tells of it. @throws {Error} there is no such object
 * @param key `/registry/RESOURCE/NAMESPACE/NAME`
 */
export async function forget(cluster: Cluster, key: string): Promise<void> {
  const ask = async (path: string, body: object): Promise<EtcdAnswer> => {
    const answer = await onNode(cluster, 'cp', 'curl', '-sf', '-d', JSON.stringify(body), `http://127.0.0.1:2379/v3/kv/${path}`)
    return JSON.parse(answer) as EtcdAnswer
  }
  const { deleted, header } = await ask('deleterange', { key: Buffer.from(key).toString('base64') })
  if (deleted !== '1') throw new Error(`etcd has no ${key}`)
  await ask('compaction', { revision: header.revision, physical: true })
}

export const podsIn = (cluster: Cluster, namespace: string): Promise<PlacedPod[]> => objects<PlacedPod>(cluster, ['-n', namespace, 'pods'])

/** Nodes with providers, and neither with the DApp, whose own loss is another story, nor, if that is to be spared, with the operator. */
export async function nodesOfProviders(cluster: Cluster, spared: { readonly operator: boolean }): Promise<string[]> {
  const taken = [
    ...(spared.operator ? await podsIn(cluster, SYSTEM) : []),
    ...(await podsIn(cluster, NAMESPACE)).filter(({ metadata: { name } }) => name === DAPP),
  ]
  const names = new Set((await providerPods(cluster, NAMESPACE)).flatMap(({ spec: { nodeName } }) => nodeName ?? []))
  for (const { spec } of taken) if (spec.nodeName !== undefined) names.delete(spec.nodeName)
  if (names.size === 0) throw new Error('no node has only providers and trackers')
  return [...names].sort()
}

/** A set of 4+2 finds its six places on the other nodes, two on each at most. */
function hasRoom(nodesOfPods: readonly (string | undefined)[], without: string): boolean {
  const counts = new Map<string, number>()
  for (const node of nodesOfPods) if (node !== undefined && node !== without) counts.set(node, (counts.get(node) ?? 0) + 1)
  return counts.values().reduce((room, count) => room + Math.min(2, count), 0) >= 6
}

/** Where volumes lie is up to the tests before: providers are added until a set finds room without this node. They go with the next test. */
export async function makeRoomWithout(cluster: Cluster, node: string): Promise<void> {
  for (let added = 0; added < 4; added++) {
    const pods = await providerPods(cluster, NAMESPACE)
    if (
      hasRoom(
        pods.map(({ spec }) => spec.nodeName),
        node,
      )
    )
      return
    const [pool] = await objects<{ readonly spec: { readonly replicas: number } }>(cluster, ['-n', NAMESPACE, 'lprv', 'pool-a'])
    await kubectl(cluster, ['scale', '-n', NAMESPACE, 'lprv/pool-a', `--replicas=${(pool?.spec.replicas ?? 0) + 1}`])
    await until('one more provider', 120_000, async () =>
      (await providerPods(cluster, NAMESPACE)).length > pods.length ? true : undefined,
    )
    await waitFor(cluster, NAMESPACE, 'Healthy', 300)
  }
  throw new Error(`no room without ${node}`)
}

/** These end when the API server was away for long or comes back without roles; elsewhere their kubelet or systemd starts them again. */
const SUPERVISED = ['kcm', 'scheduler', 'csi-controller', 'csi-provisioner', 'csi-resizer']
const SUPERVISION_MS = 10_000

/** Until it is disposed of. */
export const superviseControlPlane = (cluster: Cluster): AsyncDisposable =>
  often(SUPERVISION_MS, async () => {
    for (const service of SUPERVISED) await lab(cluster, 'svc', 'start', 'cp', service).catch(() => undefined)
  })
