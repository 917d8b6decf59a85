/**
 * A namespace with an operator, a network, three trackers and a pool of three providers, for tests against a real API server.
 *
 * @module
 */
import { LUNAR_KINDS, type ReachTracker } from '@lunarx/operator/controllers'
import type { KubeObject } from '@lunarx/operator/kube'
import { conditionOf, KINDS, makeNamespace, removeNamespace, until, type Conditioned, type OpenedCluster } from './cluster.ts'
import { OURS, startOperator } from './operator.ts'

const classes = [{ name: 'standard', required: 2, parity: 1 }]

async function makeWorld(
  cluster: OpenedCluster,
  t: { teardown(clean: () => Promise<void>): void },
  reachTracker?: ReachTracker,
  networkSpec: Readonly<Record<string, unknown>> = {},
  poolSpec: Readonly<Record<string, unknown>> = {},
) {
  const { client } = cluster
  const namespace = await makeNamespace(cluster, 'op')
  const operator = await startOperator(cluster, namespace, reachTracker)
  t.teardown(async () => {
    await operator.stop()
    await removeNamespace(cluster, namespace)
  })
  const lunar = (kind: string, name: string, spec: unknown): KubeObject => ({
    apiVersion: 'lunarx.dev/v1alpha1',
    kind,
    metadata: { name, namespace, annotations: OURS },
    spec,
  })
  await client.create(LUNAR_KINDS.network, lunar('LunarNetwork', 'lunar', { classes, defaultClass: 'standard', ...networkSpec }))
  await client.create(LUNAR_KINDS.tracker, lunar('Tracker', 'tracker', { network: 'lunar', ...poolSpec }))
  await client.create(LUNAR_KINDS.provider, lunar('Provider', 'pool', { network: 'lunar', volume: { size: '64Mi' }, ...poolSpec }))
  const condition = (kind: keyof typeof LUNAR_KINDS, name: string, type: string, wanted: string) =>
    until(`${kind}/${name} ${type}=${wanted}`, async () => {
      const object = await client.get<Conditioned>(LUNAR_KINDS[kind], { namespace, name })
      const found = conditionOf(object, type)
      return found !== undefined && `${found.status} ${found.reason}` === wanted ? found : undefined
    })
  const statefulSet = (name: string) =>
    until(`StatefulSet ${name}`, () =>
      client.get<KubeObject & { readonly spec: { readonly replicas: number } }>(KINDS.statefulSet, { namespace, name }),
    )
  return { namespace, operator, condition, statefulSet }
}

type Rest<F> = F extends (cluster: OpenedCluster, ...rest: infer R) => infer Result ? (...rest: R) => Result : never
export type World = Rest<typeof makeWorld>

export const worldOf =
  (cluster: OpenedCluster): World =>
  (...rest) =>
    makeWorld(cluster, ...rest)
