/**
 * The one sample network that the end-to-end tests share: made by the first test that asks, found by the others.
 *
 * @module
 */
import type { Cluster } from '../../hack/cluster/cluster.ts'
import { applySample, installOperator, startDapp, waitFor } from '../../hack/cluster/network.ts'
import { testCluster } from './cluster.ts'

export const NAMESPACE = 'e2e'

export async function sampleNetwork(): Promise<Cluster> {
  const cluster = testCluster()
  await installOperator(cluster)
  await applySample(cluster, NAMESPACE)
  await waitFor(cluster, NAMESPACE, 'Ready', 300)
  await startDapp(cluster, NAMESPACE)
  return cluster
}
