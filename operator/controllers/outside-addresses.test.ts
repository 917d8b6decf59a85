import test from 'ava'
import type { Pod, Service } from './deps.ts'
import { exposed, reachOutside, type OutsideSight } from './outside-addresses.ts'
import { aProviderPool } from './pools.fixture.ts'

const service = (pod: string, more: Partial<Service> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `${pod}-outside` },
  spec: {
    ports: [
      { name: 'control', nodePort: 31_001 },
      { name: 'data', nodePort: 31_002 },
    ],
  },
  ...more,
})
const pod = (hostIP?: string, nodeName = 'n1'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { nodeName },
  status: hostIP === undefined ? {} : { hostIP },
})
const NAMES = ['pool-a-0', 'pool-a-1']
const sight = (changes: Partial<OutsideSight> = {}): OutsideSight => ({
  names: NAMES,
  services: new Map(NAMES.map((name) => [name, service(name)])),
  pods: new Map([
    ['pool-a-0', pod('10.0.0.1')],
    ['pool-a-1', pod('10.0.0.2', 'n2')],
  ]),
  nodes: new Map(),
  before: [],
  refusal: undefined,
  ...changes,
})
const by = (expose: string) => aProviderPool({ expose })
const ports = { controlPort: 31_001, dataPort: 31_002 }
const at = (name: string, host: string) => ({ name, host, ...ports })
const ingress = (name: string, ...entries: object[]) => service(name, { status: { loadBalancer: { ingress: entries } } })

test('node ports: at the node of each pod, by its address outside where it states one', (t) => {
  const { addresses, waiting } = reachOutside(by('NodePort'), sight({ nodes: new Map([['n2', '203.0.113.2']]) }))
  t.deepEqual(addresses, [at('pool-a-0', '10.0.0.1'), at('pool-a-1', '203.0.113.2')])
  t.deepEqual(waiting, [])
})

test('node ports: a pod that moves takes its address along; while it is replaced it keeps the one it had', (t) => {
  const before = [at('pool-a-0', '10.0.0.9')]
  const moved = sight({ before, pods: new Map([['pool-a-0', pod('10.0.0.3', 'n3')]]) })
  t.deepEqual(reachOutside(by('NodePort'), moved).addresses, [at('pool-a-0', '10.0.0.3')])
  for (const pods of [new Map<string, Pod>(), new Map([['pool-a-0', pod(undefined, '')]])]) {
    const { addresses, waiting } = reachOutside(by('NodePort'), sight({ before, pods }))
    t.deepEqual(addresses, before)
    t.deepEqual(waiting, [{ name: 'pool-a-1', reason: 'PodNotScheduled' }])
  }
})

test('load balancers: by address or name, at the usual ports; the others are waited for', (t) => {
  const services = new Map([
    ['pool-a-0', ingress('pool-a-0', { ip: '203.0.113.7' })],
    ['pool-a-1', ingress('pool-a-1', { hostname: 'lb.example.com' })],
  ])
  const usual = { controlPort: 4001, dataPort: 4002 }
  t.deepEqual(reachOutside(by('LoadBalancer'), sight({ services })).addresses, [
    { name: 'pool-a-0', host: '203.0.113.7', ...usual },
    { name: 'pool-a-1', host: 'lb.example.com', ...usual },
  ])
  services.set('pool-a-1', ingress('pool-a-1'))
  const reached = reachOutside(by('LoadBalancer'), sight({ services }))
  t.is(reached.addresses.length, 1)
  t.like(exposed(by('LoadBalancer'), reached)[0], { status: 'False', reason: 'LoadBalancerPending' })
  t.regex(exposed(by('LoadBalancer'), reached)[0]?.message ?? '', /for pool-a-1: /)
})

for (const [what, changes, status, reason, message] of [
  ['every address is known', {}, 'True', 'AddressesKnown', /status\.outside/],
  ['no Service yet', { services: new Map() }, 'False', 'ServicePending', /pool-a-0, pool-a-1/],
  [
    'no node ports yet',
    { services: new Map(NAMES.map((name) => [name, service(name, { spec: { ports: [{ name: 'data' }] } })])) },
    'False',
    'ServicePending',
    /pool-a-0/,
  ],
  [
    'a Service that is refused',
    { services: new Map([['pool-a-0', service('pool-a-0')]]), refusal: 'quota' },
    'False',
    'ServiceRefused',
    /pool-a-1: .*quota/,
  ],
  ['a pod that has no node', { pods: new Map() }, 'False', 'PodNotScheduled', /runs on no node/],
] as const)
  test(`the condition: ${what}`, (t) => {
    const pool = by('NodePort')
    const [condition] = exposed(pool, reachOutside(pool, sight(changes)), 'quota')
    t.like(condition, { type: 'Exposed', status, reason })
    t.regex(condition?.message ?? '', message)
  })

test('a pool that is not exposed has neither addresses nor a condition', (t) => {
  const pool = by('None')
  t.deepEqual(reachOutside(pool, sight()), { addresses: [], waiting: [] })
  t.deepEqual(exposed(pool, reachOutside(pool, sight())), [])
})

test('many pods are counted, not listed', (t) => {
  const names = Array.from({ length: 9 }, (_, i) => `pool-a-${i}`)
  const pool = by('NodePort')
  const [condition] = exposed(pool, reachOutside(pool, sight({ names, services: new Map() })))
  t.regex(condition?.message ?? '', /pool-a-0, pool-a-1, pool-a-2 and 6 more/)
})
