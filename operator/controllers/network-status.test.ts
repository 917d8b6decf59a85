import test from 'ava'
import type { Fleet } from '../healing/index.ts'
import { aProvider } from '../healing/fleet.fixture.ts'
import { networkStatus, recheckAfterMs, type NetworkSight } from './network-status.ts'
import { aNetworkObject, aSpec } from './pools.fixture.ts'

const names = ['a-0', 'a-1', 'a-2', 'b-0', 'b-1', 'b-2']
const providers = names.map((name, i) => aProvider(name, `p${i}`, { domain: `n${i % 3}` }))
const sets = (margin: Record<string, number>, degraded = 0) => ({
  margin,
  degraded,
  backlogShards: degraded,
  backlogBytes: degraded * 1000,
  etaMs: null,
  repairedShards: 0,
})
const fleet: Fleet = { providers, sets: sets({ '2': 5 }) }

const good: NetworkSight = {
  network: aNetworkObject(),
  spec: aSpec(),
  obstacle: undefined,
  networkKey: 'k',
  trackers: { desired: 3, reachable: 3 },
  placedTrackers: ['n1', 'n2', 'n3'].map((node, at) => ({ pod: `tracker-${at}`, node })),
  wanted: names,
  unready: [],
  fleet,
  stores: [{ name: 'a', spec: { replicas: 3, backend: { volume: {} } } }],
  findings: [],
  epoch: { number: 1, message: '' },
  lostNodes: { lost: [] },
  rollout: { kind: 'settled' },
  clientConfig: 'lunar-client',
  exposed: [],
  repair: undefined,
  versions: ['1', '1'],
  nowMs: 0,
}

const changed = (index: number, change: Parameters<typeof aProvider>[2]): Fleet => ({
  ...fleet,
  providers: providers.map((p, i) => (i === index ? { ...p, ...change } : p)),
})

const inZones = (zones: number): Partial<NetworkSight> => ({
  fleet: { ...fleet, providers: providers.map((p, i) => ({ ...p, domain: p.name, zone: `z${i % zones}` })) },
})
const binding: Partial<NetworkSight> = { spec: aSpec({ classes: aSpec().classes.map((one) => ({ ...one, zones: 'Bind' })) }) }

const cases: [title: string, change: Partial<NetworkSight>, ready: string, healthy: string][] = [
  ['all is well', {}, 'True Serving', 'True FullyRedundant'],
  ['the key is gone', { obstacle: { reason: 'KeyMissing', message: 'x' }, fleet: undefined }, 'False KeyMissing', 'Unknown KeyMissing'],
  ['one tracker of three is away', { trackers: { desired: 3, reachable: 2 } }, 'True Serving', 'False TrackersMissing'],
  ['two trackers of three are away', { trackers: { desired: 3, reachable: 1 } }, 'False TrackersUnreachable', 'False TrackersMissing'],
  [
    'no tracker answers',
    { trackers: { desired: 3, reachable: 0 }, fleet: undefined },
    'False TrackersUnreachable',
    'Unknown TrackersUnreachable',
  ],
  ['there is no epoch yet', { epoch: { number: 0, message: 'too few' } }, 'False NoEpoch', 'True FullyRedundant'],
  [
    'two domains only',
    { fleet: { ...fleet, providers: providers.map((p, i) => ({ ...p, domain: `n${i % 2}` })) } },
    'False NotEnoughDomains',
    'True FullyRedundant',
  ],
  [
    'all but one domain on one backing store',
    { fleet: { ...fleet, providers: providers.map((p, i) => ({ ...p, store: i % 3 === 0 ? null : 'a' })) } },
    'False NotEnoughDomains',
    'True FullyRedundant',
  ],
  ['two zones, which do not bind', inZones(2), 'True Serving', 'True FullyRedundant'],
  ['two zones, which bind', { ...inZones(2), ...binding }, 'False NotEnoughDomains', 'True FullyRedundant'],
  ['three zones, which bind', { ...inZones(3), ...binding }, 'True Serving', 'True FullyRedundant'],
  ['zones bind, and trackers of the release before tell none', binding, 'False NotEnoughDomains', 'True FullyRedundant'],
  ['sets miss shards', { fleet: { ...fleet, sets: sets({ '1': 5 }, 5) } }, 'True Serving', 'False SetsDegraded'],
  ['a set is lost', { fleet: { ...fleet, sets: sets({ lost: 1 }, 1) } }, 'True Serving', 'False SetsLost'],
  ['a volume is gone', { findings: [{ kind: 'volume-gone', name: 'a-0', peer: 'p0' }] }, 'True Serving', 'False VolumeLost'],
  [
    'a provider is silent',
    { findings: [{ kind: 'silent', name: 'a-0', peer: 'p0', silentMs: 1 }] },
    'True Serving',
    'False ProviderSilent',
  ],
  ['a pod is being replaced', { unready: ['a-0'] }, 'True Serving', 'False PodsNotReady'],
  ['a wanted provider is not in the fleet', { wanted: [...names, 'c-0'] }, 'True Serving', 'False ProvidersMissing'],
  [
    'a provider was declared lost and has a successor',
    { fleet: { ...fleet, providers: [...providers, aProvider('a-0', 'old', { state: 'lost', declaredLost: true })] } },
    'True Serving',
    'True FullyRedundant',
  ],
  [
    'an object is refused without which it goes on',
    { refusal: { reason: 'ObjectRefused', message: 'x' } },
    'True Serving',
    'False ObjectRefused',
  ],
  ['rows are being handed over', { epoch: { number: 2, message: '' } }, 'True Serving', 'False RowsMoving'],
  ['storage is short of one provider', { fleet: changed(0, { services: ['index'] }) }, 'False NotEnoughDomains', 'True FullyRedundant'],
]
for (const [title, change, ready, healthy] of cases) {
  test(`network status: ${title}`, (t) => {
    const { conditions = [] } = networkStatus({ ...good, ...change })
    const said = (type: string) => conditions.filter((c) => c.type === type).map(({ status, reason }) => `${status} ${reason}`)
    t.deepEqual(said('Ready'), [ready])
    t.deepEqual(said('Healthy'), [healthy])
    t.true(conditions.every(({ message, observedGeneration }) => message !== '' && observedGeneration === 1))
  })
}

test('too few zones are named', (t) => {
  const { conditions = [] } = networkStatus({ ...good, ...inZones(2), ...binding })
  t.regex(
    conditions.find(({ type }) => type === 'Ready')?.message ?? '',
    /failure domain, zone; 6 domains in 2 zones with providers that are alive/,
  )
})

test('capacity is what the quota leaves of it', (t) => {
  const capacityUnder = (storage: string) => networkStatus({ ...good, spec: aSpec({ quota: { storage } }) }).capacity
  t.is(capacityUnder('2Gi'), '2Gi')
  t.is(capacityUnder('2Ti'), '6Gi')
})

test('figures', (t) => {
  const status = networkStatus(good)
  t.like(status, { epoch: 1, version: '1', capacity: '6Gi', used: '6Mi', networkKey: 'k', clientConfig: 'lunar-client' })
  t.deepEqual(status.providers, { desired: 6, alive: 6, suspect: 0, lost: 0 })
  t.deepEqual(status.sets, { total: 5, degraded: 0, critical: 0, lost: 0, byMargin: { '2': 5 } })
})

test('providers on one backing store are room for as many shards as one domain may hold', (t) => {
  const shared = providers.map((p) => ({ ...p, store: 'a' }))
  const { conditions = [] } = networkStatus({ ...good, fleet: { ...fleet, providers: shared } })
  t.regex(conditions.find(({ type }) => type === 'Ready')?.message ?? '', /3 domains and 1 shared backing stores .* give room for 2/)
})

test('a pool of backup copies that is too small keeps the network from being ready', (t) => {
  const spec = good.spec && { ...good.spec, classes: good.spec.classes.map((one) => ({ ...one, copies: [{ pools: ['attic'] }] })) }
  const { conditions = [] } = networkStatus({ ...good, spec })
  const message = conditions.find(({ type }) => type === 'Ready')?.message ?? ''
  t.regex(message, /^Backup copy 1 of class .* of pools attic give room for 0/)
})

test('it looks again sooner while something is wrong', (t) => {
  const after = (change: Partial<NetworkSight>) => recheckAfterMs({ ...good, ...change }, networkStatus({ ...good, ...change }))
  t.true(after({ findings: [{ kind: 'volume-gone', name: 'a-0', peer: 'p0' }] }) < after({ unready: ['a-0'] }))
  t.true(after({ unready: ['a-0'] }) < after({}))
})
