/**
 * Pools that are exposed, against a real API server: Services per pod, what load balancers answer, and what is left when it is taken back.
 *
 * @module
 */
import { networkConfigSchema } from '@lunarx/core/membership'
import { LUNAR_KINDS } from '@lunarx/operator/controllers'
import type { KubeObject } from '@lunarx/operator/kube'
import test from 'ava'
import { conditionOf, installCrds, KINDS, openCluster, until, type Conditioned } from './cluster.ts'
import { worldOf, type World } from './world.ts'

const cluster = openCluster()
const { client } = cluster
test.before(() => installCrds(cluster))
const world: World = worldOf(cluster)

interface Service extends KubeObject {
  readonly spec: {
    readonly type: string
    readonly externalTrafficPolicy?: string
    readonly ports: readonly { readonly name: string; readonly nodePort?: number }[]
  }
}
interface ConfigMap extends KubeObject {
  readonly data: Readonly<Record<string, string>>
}

test('load balancers are waited for, then told; another way takes over; taken back, everything goes', async (t) => {
  const { namespace, condition } = await world(t, undefined, {}, { expose: 'LoadBalancer', replicas: 2 })
  const services = async (): Promise<readonly Service[]> =>
    (await client.list<Service>(KINDS.service, { namespace, labelSelector: 'lunarx.dev/outside' })).items
  const outside = async () => {
    const { data } = (await client.get<ConfigMap>(KINDS.configMap, { namespace, name: 'lunar-client' })) ?? {}
    return data?.['outside.json'] === undefined ? undefined : networkConfigSchema.parse(JSON.parse(data['outside.json']))
  }
  const change = (spec: object) =>
    Promise.all(
      (['tracker', 'provider'] as const).map((kind) =>
        client.merge(LUNAR_KINDS[kind], { namespace, name: kind === 'tracker' ? 'tracker' : 'pool' }, { spec }),
      ),
    )

  await until('a word of each pod that waits', async () => {
    const { message } = await condition('provider', 'pool', 'Exposed', 'False LoadBalancerPending')
    return message.includes('pool-0, pool-1') ? true : undefined
  })
  await condition('network', 'lunar', 'Exposed', 'False AddressesPending')
  const made = await until('a Service for each pod', async () => ((await services()).length === 4 ? await services() : undefined))
  for (const { spec } of made) t.like(spec, { type: 'LoadBalancer', externalTrafficPolicy: 'Local' })
  for (const [i, { metadata }] of made.entries())
    await client.merge(
      KINDS.service,
      { namespace, name: metadata.name, subresource: 'status' },
      { status: { loadBalancer: { ingress: [{ ip: `203.0.113.${i + 1}` }] } } },
    )
  await condition('provider', 'pool', 'Exposed', 'True AddressesKnown')
  await condition('tracker', 'tracker', 'Exposed', 'True AddressesKnown')
  await condition('network', 'lunar', 'Exposed', 'False IssuerInside')
  const told = await until('addresses for those outside', async () => {
    const config = await outside()
    return config?.outside?.length === 4 ? config : undefined
  })
  t.deepEqual(told.outside?.[0]?.at, { host: '203.0.113.3', controlPort: 4001, dataPort: 4002 })
  t.is(told.outside?.[0]?.host, `tracker-0.tracker.${namespace}.svc`)

  await change({ expose: 'NodePort' })
  const changed = await until('node ports instead', async () => {
    const all = await services()
    return all.every(({ spec }) => spec.type === 'NodePort') ? all : undefined
  })
  t.deepEqual(
    changed.map(({ metadata }) => metadata.uid),
    made.map(({ metadata }) => metadata.uid),
  )
  for (const { spec } of changed) for (const { nodePort } of spec.ports) t.true((nodePort ?? 0) > 0)

  await change({ expose: 'None' })
  await until('no Service any more', async () => ((await services()).length === 0 ? true : undefined))
  await until('no word of it', async () => {
    for (const [kind, name] of [
      ['network', 'lunar'],
      ['tracker', 'tracker'],
      ['provider', 'pool'],
    ] as const) {
      const object = await client.get<Conditioned & { readonly status?: { readonly outside?: unknown } }>(LUNAR_KINDS[kind], {
        namespace,
        name,
      })
      if (conditionOf(object, 'Exposed') !== undefined || object?.status?.outside !== undefined) return undefined
    }
    return (await outside()) === undefined ? true : undefined
  })
  t.pass()
})
