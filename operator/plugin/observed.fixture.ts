/**
 * A small network that is well, for table tests of the plugin.
 *
 * @module
 */
import type { Condition } from '../api/index.ts'
import { aSpec } from '../controllers/pools.fixture.ts'
import type { KubeObject } from '../kube/index.ts'
import type { Observed, PodObject } from './observe.ts'

export const condition = (type: string, status: Condition['status'], reason: string, message = `${reason}.`): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

const object = (kind: string, name: string, rest: object = {}, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'x',
  kind,
  metadata: { name, namespace: 'ns', uid: `uid-${name}`, generation: 1, resourceVersion: '7', labels },
  ...rest,
})

const WELL = [condition('Ready', 'True', 'Serving'), condition('Healthy', 'True', 'FullyRedundant')]
const PODS = ['tracker-0', 'pool-0', 'pool-1']
const poolOf = (pod: string): string => pod.slice(0, pod.lastIndexOf('-'))

export const aPod = (name: string, ready: 'True' | 'False' = 'True'): PodObject =>
  object(
    'Pod',
    name,
    { spec: { nodeName: 'n1' }, status: { conditions: [{ type: 'Ready', status: ready }] } },
    { 'app.kubernetes.io/instance': poolOf(name) },
  ) as PodObject

export const anObserved = (changes: Partial<Observed> = {}): Observed => ({
  network: object('LunarNetwork', 'lunar', {
    spec: aSpec(),
    status: {
      observedGeneration: 1,
      conditions: WELL,
      networkKey: 'k',
      epoch: 1,
      capacity: '2Gi',
      used: '1Gi',
      sets: { total: 5, degraded: 0, critical: 0, lost: 0, byMargin: { '2': 5 } },
      repair: { backlogShards: 0, backlog: '0' },
    },
  }) as Observed['network'],
  trackers: [
    object('Tracker', 'tracker', { spec: { network: 'lunar', replicas: 1 }, status: { observedGeneration: 1, conditions: WELL } }),
  ] as unknown as Observed['trackers'],
  providers: [
    object('Provider', 'pool', {
      spec: { network: 'lunar', replicas: 2 },
      status: {
        observedGeneration: 1,
        conditions: WELL,
        members: ['pool-0', 'pool-1'].map((name) => ({ name, peer: `peer-${name}`, claim: `uid-data-${name}` })),
      },
    }),
  ] as unknown as Observed['providers'],
  pods: PODS.map((name) => aPod(name)),
  claims: PODS.map((name) => object('PersistentVolumeClaim', `data-${name}`, { status: { phase: 'Bound' } })),
  statefulSets: [object('StatefulSet', 'tracker', { spec: { replicas: 1 } }), object('StatefulSet', 'pool', { spec: { replicas: 2 } })],
  warnings: [],
  ...changes,
})

/** The same with other conditions and figures of the network. */
export function withNetwork(status: object, metadata: object = {}): Observed {
  const { network, ...rest } = anObserved()
  return { ...rest, network: { ...network, metadata: { ...network.metadata, ...metadata }, status: { ...network.status, ...status } } }
}
