/**
 * The cluster that `npm run test:e2e` opened for these tests.
 *
 * @module
 */
import type { Cluster } from '../../hack/cluster/cluster.ts'

export function testCluster(): Cluster {
  const described = process.env['LUNARX_E2E_CLUSTER']
  if (!described) throw new Error('run end-to-end tests by `npm run test:e2e [-- --only NAME]`, which opens a cluster for them')
  return JSON.parse(described) as Cluster
}
