/**
 * The operator in this process against the real API server. Trackers are scripted: the real ones run in the other e2e tests.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { LunarOperator, type ReachTracker } from '@lunarx/operator/controllers'
import type { OpenedCluster } from './cluster.ts'

/** Resources of these tests are left to the operator of these tests, even where another one is installed. */
export const OPERATOR = 'api-test'
export const OURS = { 'lunarx.dev/operator': OPERATOR } as const

/** Nobody answers. */
export const unreachable: ReachTracker = () => {
  const refuse = (): Promise<never> => Promise.reject(new LunarError('PEER_UNREACHABLE', 'no tracker runs in this test'))
  return {
    status: refuse,
    declareLost: refuse,
    retire: refuse,
    orderDrain: refuse,
    orderAudit: refuse,
    declareMaintenance: refuse,
    readEpoch: refuse,
    announceEpoch: refuse,
  }
}

/** @param watched unset: all namespaces; @param namespace where it keeps its Secrets */
export async function startOperator(
  { client, deps }: OpenedCluster,
  watched: string | undefined,
  reachTracker: ReachTracker = unreachable,
  namespace = watched ?? 'default',
) {
  const operator = new LunarOperator({
    ...deps,
    client,
    reachTracker,
    watchNamespace: watched,
    settings: {
      operator: OPERATOR,
      namespace,
      nodeImage: 'localhost/lunarx-node:none',
      issuer: { url: 'https://lunarx-operator.test.svc:8443', ca: 'PEM' },
    },
  })
  await operator.start()
  return operator
}
