/**
 * The one sample network that the end-to-end tests share: made by the first test that asks, found by the others.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { kubectl, objects, until, type Cluster } from '../../hack/cluster/cluster.ts'
import { applySample, installOperator, NETWORK, providerPods, SAMPLE, startDapp, thisTree, waitFor } from '../../hack/cluster/network.ts'
import { testCluster } from './cluster.ts'

export const NAMESPACE = 'e2e'

const ISSUER_PORT = 30_443

/** By any node. */
export async function issuerOutside(cluster: Cluster): Promise<string> {
  const [host = ''] = (
    await kubectl(cluster, ['get', 'nodes', '-o', 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}'])
  ).split(' ')
  return `https://${host}:${ISSUER_PORT}`
}

/**
 * This tree's, with the same values for every test: other addresses of the issuer would replace all pods of every network. Again,
 * whenever called.
 *
 * @param more values that replace none
 */
export async function installThisTree(cluster: Cluster, more: readonly string[] = []): Promise<void> {
  const issuer = ['issuer.expose=NodePort', `issuer.nodePort=${ISSUER_PORT}`, `issuer.outsideUrl=${await issuerOutside(cluster)}`]
  await installOperator(cluster, thisTree(cluster), [...issuer, ...more])
}

/** StorageClass of the lab whose volumes are file systems of their own: those of its default class are folders of the node's disk. */
export const SIZED = 'xfs'
/** The pool of the sample that has them. */
export const SIZED_POOL = 'pool-b'

/** On the lab half of the providers have volumes of a real size. */
function sampleManifest({ lab }: Cluster): string {
  const sample = readFileSync(SAMPLE, 'utf8')
  if (lab === undefined) return sample
  const [before, after, ...more] = sample.split(`name: ${SIZED_POOL}\n`)
  if (before === undefined || after === undefined || more.length > 0) throw new Error(`${SAMPLE} does not have one pool ${SIZED_POOL}`)
  return `${before}name: ${SIZED_POOL}\n${after.replace('  volume:\n', `  volume:\n    storageClassName: ${SIZED}\n`)}`
}

/** @param spec merged into that of the shared network */
export const patchNetwork = (cluster: Cluster, spec: object): Promise<string> =>
  kubectl(cluster, ['patch', '-n', NAMESPACE, `lnet/${NETWORK}`, '--type=merge', '-p', JSON.stringify({ spec })])

interface Pool {
  readonly spec: { readonly replicas: number }
}

/** Pods that a test before has added are drained and go: none is counted among those of the sample while it leaves. */
const onlyPodsOfSample = (cluster: Cluster): Promise<true> =>
  until('the provider pods of the sample and no others', 240_000, async () => {
    const pools = await objects<Pool>(cluster, ['-n', NAMESPACE, 'lprv'])
    const pods = await providerPods(cluster, NAMESPACE)
    const isLeaving = pods.some(({ metadata }) => metadata.deletionTimestamp !== undefined)
    return !isLeaving && pods.length === pools.reduce((sum, { spec }) => sum + spec.replicas, 0) ? true : undefined
  })

/** Once in each file: whatever the file before has left. */
let installed: Promise<void> | undefined

export async function sampleNetwork(): Promise<Cluster> {
  const cluster = testCluster()
  await (installed ??= installThisTree(cluster))
  await applySample(cluster, NAMESPACE, sampleManifest(cluster))
  await waitFor(cluster, NAMESPACE, 'Ready', 300)
  await onlyPodsOfSample(cluster)
  await startDapp(cluster, NAMESPACE)
  return cluster
}
