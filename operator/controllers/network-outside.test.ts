import { networkConfigSchema, quotaSchema, revokedSchema } from '@lunarx/core/membership'
import test from 'ava'
import { clientConfigMap, networkConfig, outsideConfig } from './children/network-children.ts'
import { networkExposed, outsidePeers, type NetworkPools } from './network-outside.ts'
import { trackerPool, type Pool, type Tracker } from './pool.ts'
import { aNetworkObject, aProviderPool, aSpec, aTrackerPool } from './pools.fixture.ts'

const ISSUER = { url: 'https://operator.sys.svc:8443', ca: 'PEM' }
const REACHED = { ...ISSUER, outsideUrl: 'https://203.0.113.1:30443' }
const at = (host: string) => ({ host, controlPort: 31_001, dataPort: 31_002 })
const known = (pool: string, ...hosts: string[]) => ({ outside: hosts.map((host, i) => ({ name: `${pool}-${i}`, ...at(host) })) })
const tracker = (spec: Readonly<Record<string, unknown>>, status: unknown): Pool =>
  trackerPool({ ...aTrackerPool(spec).owner, status } as Tracker)

const provider = aProviderPool({ expose: 'NodePort', replicas: 2 }, known('pool-a', '10.0.0.1', '10.0.0.2'))
const trackers = [tracker({ expose: 'LoadBalancer', replicas: 1 }, known('tracker', 'lb'))]
const all: NetworkPools = { trackers, providers: [provider] }
const config = networkConfig(aNetworkObject(), aSpec(), '0'.repeat(64), trackers, ISSUER)

test('peers are named as inside and found where they are reached; trackers come first', (t) => {
  t.deepEqual(outsidePeers(all), [
    { host: 'tracker-0.tracker.ns.svc', at: at('lb') },
    { host: 'pool-a-0.pool-a.ns.svc', at: at('10.0.0.1') },
    { host: 'pool-a-1.pool-a.ns.svc', at: at('10.0.0.2') },
  ])
  const taken = aProviderPool({ expose: 'None' }, known('pool-a', '10.0.0.1'))
  t.deepEqual(outsidePeers({ trackers, providers: [taken] })?.length, 1)
  t.is(outsidePeers({ trackers: [aTrackerPool()], providers: [taken] }), undefined)
})

test('outside.json: what clients outside are configured by; network.json stays what it is', (t) => {
  const outside = outsideConfig(config, outsidePeers(all) ?? [], REACHED)
  t.deepEqual(networkConfigSchema.parse(outside), outside)
  t.deepEqual(outside.issuer, { url: REACHED.outsideUrl, ca: 'PEM', certificateName: 'operator.sys.svc' })
  t.deepEqual(outside.trackers, config.trackers)
  t.is(outsideConfig(config, [], ISSUER).issuer, undefined)
  t.is(outsideConfig({ ...config, directory: { announcementsPerHour: 1 } }, [], ISSUER).directory, undefined)
  const inside = clientConfigMap(aNetworkObject(), aSpec(), config)
  t.deepEqual(Object.keys(inside.data), ['network.json'])
  const both = clientConfigMap(aNetworkObject(), aSpec(), config, outside)
  t.is(both.data['network.json'], inside.data['network.json'])
  t.deepEqual(JSON.parse(both.data['outside.json'] ?? ''), outside)
})

test('revoked.json: peers that are put out, in a file of its own, so that no pod is restarted for it', (t) => {
  const peer = `12D3KooW${'A'.repeat(44)}`
  const before = clientConfigMap(aNetworkObject(), aSpec(), config)
  const after = clientConfigMap(aNetworkObject(), aSpec({ revoked: [{ peer, reason: 'x' }] }), config)
  t.deepEqual(revokedSchema.parse(JSON.parse(after.data['revoked.json'] ?? '')), { peers: [peer] })
  t.deepEqual({ ...after.data, 'revoked.json': undefined }, { ...before.data, 'revoked.json': undefined })
})

test('quota.json: what the network may take, in bytes; in a file of its own for the same reason', (t) => {
  const before = clientConfigMap(aNetworkObject(), aSpec(), config)
  const after = clientConfigMap(aNetworkObject(), aSpec({ quota: { storage: '3Ti' } }), config)
  t.deepEqual(quotaSchema.parse(JSON.parse(after.data['quota.json'] ?? '')), { storageBytes: 3 * 2 ** 40 })
  t.deepEqual({ ...after.data, 'quota.json': undefined }, { ...before.data, 'quota.json': undefined })
  const huge = clientConfigMap(aNetworkObject(), aSpec({ quota: { storage: '9999Pi' } }), config)
  t.true(quotaSchema.safeParse(JSON.parse(huge.data['quota.json'] ?? '')).success)
})

const inside = aProviderPool()
const many = Array.from({ length: 3 }, () => aProviderPool({ expose: 'NodePort', replicas: 900 }))
for (const [what, pools, issuer, status, reason, message] of [
  ['everything is reached', all, REACHED, 'True', 'Reachable', /outside\.json of ConfigMap lunar-client/],
  ['trackers stay inside', { ...all, trackers: [aTrackerPool()] }, REACHED, 'False', 'PoolsInside', /Tracker tracker/],
  ['a pool stays inside', { ...all, providers: [provider, inside] }, REACHED, 'False', 'PoolsInside', /Provider pool-a/],
  [
    'a pod has no address',
    { ...all, trackers: [aTrackerPool({ expose: 'NodePort' })] },
    REACHED,
    'False',
    'AddressesPending',
    /Tracker tracker/,
  ],
  ['too many pods', { ...all, providers: many }, REACHED, 'False', 'TooManyExposed', /2000/],
  ['nobody can enrol', all, ISSUER, 'False', 'IssuerInside', /issuer\.outsideUrl/],
] as const)
  test(`the condition: ${what}`, (t) => {
    const [condition, ...more] = networkExposed('lunar', pools, issuer)
    t.like(condition, { type: 'Exposed', status, reason })
    t.regex(condition?.message ?? '', message)
    t.deepEqual(more, [])
  })

test('a network that nobody is to reach from outside says nothing about it', (t) => {
  t.deepEqual(networkExposed('lunar', { trackers: [aTrackerPool()], providers: [inside] }, ISSUER), [])
})
