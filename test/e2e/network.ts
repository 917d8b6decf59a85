/**
 * The one sample network that the end-to-end tests share: made by the first test that asks, found by the others.
 *
 * @module
 */
import { kubectl, type Cluster } from '../../hack/cluster/cluster.ts'
import { applySample, installOperator, startDapp, thisTree, waitFor } from '../../hack/cluster/network.ts'
import { testCluster } from './cluster.ts'

export const NAMESPACE = 'e2e'

const ISSUER_PORT = 30_443

/** The issuer is reached from outside by any node. */
async function issuerOutside(cluster: Cluster): Promise<string[]> {
  const [host = ''] = (
    await kubectl(cluster, ['get', 'nodes', '-o', 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}'])
  ).split(' ')
  return ['issuer.expose=NodePort', `issuer.nodePort=${ISSUER_PORT}`, `issuer.outsideUrl=https://${host}:${ISSUER_PORT}`]
}

export async function sampleNetwork(): Promise<Cluster> {
  const cluster = testCluster()
  await installOperator(cluster, thisTree(cluster), await issuerOutside(cluster))
  await applySample(cluster, NAMESPACE)
  await waitFor(cluster, NAMESPACE, 'Ready', 300)
  await startDapp(cluster, NAMESPACE)
  return cluster
}
