import test from 'ava'
import type { DrainProgress } from '@lunarx/wire'
import { aProvider } from '../healing/fleet.fixture.ts'
import type { Leave, Shrink } from '../healing/index.ts'
import { statefulSet, type StatefulSet } from './children/stateful-set.ts'
import { poolStatus, type PoolSight } from './pool-status.ts'
import { aDeletedPool, aNetwork, aProviderPool, aTrackerPool } from './pools.fixture.ts'
import type { TrackerShrink } from './shrink-trackers.ts'

const pool = aProviderPool({ replicas: 2 })
const made = statefulSet(pool, aNetwork(), undefined, { fallbackImage: 'node:1', configFingerprint: 'f' }) as StatefulSet
const set: StatefulSet = {
  ...made,
  metadata: { ...made.metadata, generation: 3 },
  status: { observedGeneration: 3, replicas: 2, readyReplicas: 2, updatedReplicas: 2, currentRevision: 'r', updateRevision: 'r' },
}
const providers = [aProvider('pool-a-0', 'p0'), aProvider('pool-a-1', 'p1')]
const sets = { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 }
const good: PoolSight = {
  pool,
  obstacle: undefined,
  set,
  pods: [],
  trouble: undefined,
  fleet: { providers, sets },
  shrink: undefined,
  outside: { names: [], services: new Map(), pods: new Map(), nodes: new Map(), before: [], refusal: undefined },
  members: [],
  nowMs: 0,
}

const shrunk = (changes: Partial<Shrink>): Shrink => ({
  wanted: 1,
  needed: 1,
  leaving: [],
  spent: [],
  emptied: [],
  refusal: undefined,
  ...changes,
})
const leaving = (changes: Partial<DrainProgress>) => ({
  name: 'pool-a-1',
  peer: 'p1',
  drain: { revision: 1, shards: 0, bytes: 0, etaMs: null, rowsMoved: false, isDrained: false, ...changes },
})

const waiting = (reason: string, message: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pool-a-1' },
  status: {
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }],
    containerStatuses: [{ state: { waiting: { reason, message } } }],
  },
})
const unscheduled = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pool-a-1' },
  status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
}
const bucket = aProviderPool({
  replicas: 2,
  capacity: '1Gi',
  backend: { s3: { endpoint: 'http://s3', bucket: 'shards', credentialsSecret: { name: 'keys' } } },
})
const onDatabase = aTrackerPool({
  replicas: 3,
  store: { postgres: { hosts: ['db'], database: 'lunar', credentialsSecret: { name: 'keys' } } },
})
const oneReady = { ...set, status: { ...set.status, readyReplicas: 1 } }

const cases: [title: string, change: Partial<PoolSight>, expected: Readonly<Record<string, string>>, message?: RegExp][] = [
  [
    'all is well',
    {},
    {
      Ready: 'True PodsReady',
      Healthy: 'True AllAlive',
      Progressing: 'False Settled',
      ScaleDownRefused: 'False NotAsked',
      GrowRefused: 'False NotRefused',
      Draining: 'False NotAsked',
    },
  ],
  [
    'no network',
    { obstacle: { reason: 'NetworkNotFound', message: 'x' }, set: undefined },
    { Ready: 'False NetworkNotFound', Healthy: 'Unknown NetworkNotFound' },
  ],
  [
    'an image that cannot be pulled',
    { set: oneReady, pods: [waiting('ErrImagePull', 'no such image')] },
    { Ready: 'False PodsNotReady', Progressing: 'True Starting' },
    /pool-a-1: ErrImagePull: no such image/,
  ],
  [
    'a pod that a quota refuses',
    { set: oneReady, podsRefused: 'create Pod pool-a-1 in StatefulSet pool-a failed error: exceeded quota' },
    { Ready: 'False PodsRefused', Progressing: 'True Starting' },
    /exceeded quota/,
  ],
  ['a pod that has no place', { set: oneReady, pods: [unscheduled] }, { Ready: 'False PodsNotReady' }, /Unschedulable: 0\/1 nodes/],
  [
    'a rollout',
    { set: { ...set, status: { ...set.status, updatedReplicas: 1, updateRevision: 's' } } },
    { Progressing: 'True RollingOut' },
  ],
  ['fewer pods wanted than live, not judged yet', { pool: aProviderPool({ replicas: 1 }) }, { ScaleDownRefused: 'Unknown Judging' }],
  [
    'fewer pods wanted than can hold the data',
    {
      pool: aProviderPool({ replicas: 1 }),
      shrink: shrunk({ needed: 2, refusal: { reason: 'NotEnoughSpace', message: 'x', figures: '' } }),
    },
    { ScaleDownRefused: 'True NotEnoughSpace', Draining: 'False NotAsked' },
  ],
  [
    'shards are moved away',
    {
      pool: aProviderPool({ replicas: 1 }),
      shrink: shrunk({ needed: 2, leaving: [leaving({ shards: 3, bytes: 2 ** 20, etaMs: 1_500 })] }),
    },
    { ScaleDownRefused: 'False Draining', Draining: 'True MovingShards' },
  ],
  [
    'rows are taken over',
    { pool: aProviderPool({ replicas: 1 }), shrink: shrunk({ needed: 2, leaving: [leaving({})] }) },
    { Draining: 'True HandingOver' },
  ],
  [
    'drained',
    { pool: aProviderPool({ replicas: 1 }), shrink: shrunk({ leaving: [leaving({ rowsMoved: true, isDrained: true })] }) },
    { ScaleDownRefused: 'False Draining', Draining: 'True RemovingPods' },
  ],
  [
    'pods are to go of which no tracker has heard yet',
    { pool: aProviderPool({ replicas: 1 }), shrink: shrunk({ needed: 2 }) },
    { ScaleDownRefused: 'False Draining', Draining: 'True NotHeardOf' },
  ],
  [
    'it is deleted and drained',
    { pool: aDeletedPool({ replicas: 2 }), shrink: shrunk({ wanted: 0, needed: 2, leaving: [leaving({ shards: 3 })] }) },
    { ScaleDownRefused: 'False Draining', Draining: 'True MovingShards' },
  ],
  [
    'a silent provider',
    { fleet: { providers: [providers[0], aProvider('pool-a-1', 'p1', { state: 'suspect' })].filter((p) => p !== undefined), sets } },
    { Healthy: 'False ProvidersSilent' },
  ],
  ['a provider that never came', { fleet: { providers: providers.slice(0, 1), sets } }, { Healthy: 'False ProvidersMissing' }],
  [
    'a backend whose Secret is missing',
    { pool: bucket, set: oneReady, trouble: { reason: 'SecretMissing', message: 'There is no Secret keys' } },
    { Ready: 'False SecretMissing', BackendReady: 'False SecretMissing' },
    /no Secret keys/,
  ],
  [
    'trackers whose database refuses them',
    { pool: onDatabase, set: oneReady, trouble: { reason: 'StoreRefused', message: 'see username and password' } },
    { Ready: 'False StoreRefused', StoreReady: 'False StoreRefused' },
    /see username and password/,
  ],
  ['a backend that every pod has reached', { pool: bucket }, { Ready: 'True PodsReady', BackendReady: 'True Reached' }],
  [
    'volume claims may not grow',
    { growRefusal: '2 of 2 volume claims stay smaller.' },
    { Ready: 'True PodsReady', Healthy: 'True AllAlive', GrowRefused: 'True ClaimsRefused' },
  ],
  [
    'an object is refused, and nothing was tried with claims',
    { obstacle: { reason: 'ObjectRefused', message: 'Service ns/pool-a: exceeded quota' } },
    { Ready: 'False ObjectRefused', GrowRefused: 'Unknown ObjectRefused' },
    /^Service ns\/pool-a: exceeded quota$/,
  ],
  ['no tracker answers', { fleet: undefined }, { Healthy: 'Unknown TrackersUnreachable' }],
]
for (const [title, change, expected, message] of cases) {
  test(`pool status: ${title}`, (t) => {
    const { conditions } = poolStatus({ ...good, ...change })
    const said = Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]))
    t.like(said, expected)
    if (message) t.regex(conditions.find(({ type }) => type === 'Ready')?.message ?? '', message)
  })
}

const oneTracker = (pod: string, reason: Leave['reason']): TrackerShrink => ({
  wanted: 1,
  needed: 2,
  leave: { pod, reason, message: `${pod}: what it waits for.`, mayBeLeftOut: false, isHandedOver: false },
})
const ofTrackers: [title: string, change: Partial<PoolSight>, expected: Record<string, string>, message: RegExp][] = [
  ['nothing asked', { pool: aTrackerPool({ replicas: 2 }) }, { ScaleDownRefused: 'False NotAsked', Draining: 'False NotAsked' }, /No pod/],
  ['not judged yet', {}, { ScaleDownRefused: 'Unknown Judging', Draining: 'False NotAsked' }, /No pod/],
  [
    'too few would stay',
    { trackerShrink: { wanted: 1, needed: 2, refusal: { reason: 'TooFewTrackers', message: 'x' } } },
    { ScaleDownRefused: 'True TooFewTrackers', Draining: 'False NotAsked' },
    /No pod/,
  ],
  [
    'one is handing over',
    { trackerShrink: oneTracker('tracker-1', 'HandingOver') },
    { ScaleDownRefused: 'False Draining', Draining: 'True HandingOver' },
    /^tracker-1: what it waits for\.$/,
  ],
  [
    'another pool goes first',
    { trackerShrink: { wanted: 1, needed: 2 } },
    { ScaleDownRefused: 'False Draining', Draining: 'True WaitingForTurn' },
    /another pool/,
  ],
]
for (const [title, change, expected, message] of ofTrackers)
  test(`status of a pool of trackers that is to be smaller: ${title}`, (t) => {
    const { conditions } = poolStatus({ ...good, pool: aTrackerPool({ replicas: 1 }), ...change })
    t.like(Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`])), expected)
    t.regex(conditions.find(({ type }) => type === 'Draining')?.message ?? '', message)
  })

test('trackers say of their verifiers how many are ready, and are ready themselves without them', (t) => {
  const verifiers = {
    wanted: 2,
    set: { ...set, status: { replicas: 2, readyReplicas: 1 } },
    pods: [],
    isAudited: false,
    refusal: undefined,
  }
  const trackers = { ...good, pool: aTrackerPool({ replicas: 2, verifiers: { replicas: 2 } }) }
  const status = poolStatus({ ...trackers, verifiers })
  const said = Object.fromEntries(status.conditions.map((one) => [one.type, `${one.status} ${one.reason}`]))
  t.like(said, { Ready: 'True PodsReady', Healthy: 'True PodsReady', VerifiersReady: 'False AuditsOff' })
  t.like(status, { verifiers: { replicas: 2, ready: 1 } })
  t.false('verifiers' in poolStatus({ ...good, verifiers }))
})

test('a pool on volumes says nothing of a backend', (t) => {
  t.false(poolStatus(good).conditions.some(({ type }) => type === 'BackendReady'))
})

test('a pool that is deleted and cannot be drained says why', (t) => {
  const shrink = shrunk({ wanted: 0, needed: 2, refusal: { reason: 'NotEnoughSpace', message: 'Too full.', figures: ' 1 of 2.' } })
  const { conditions } = poolStatus({ ...good, pool: aDeletedPool({ replicas: 2 }), shrink })
  const { status, reason, message } = conditions.find(({ type }) => type === 'ScaleDownRefused') ?? {}
  t.deepEqual([status, reason, message], ['True', 'NotEnoughSpace', 'The pool is to be deleted, and its 2 pods stay. Too full. 1 of 2.'])
})

test('a drain says how much is left, and for how long', (t) => {
  const shrink = shrunk({ needed: 2, leaving: [leaving({ shards: 3, bytes: 2 ** 20, etaMs: 1_500 })] })
  const { conditions } = poolStatus({ ...good, pool: aProviderPool({ replicas: 1 }), shrink })
  t.is(conditions.find(({ type }) => type === 'Draining')?.message, 'pool-a-1: 3 shards (1Mi) left. About 2 s at the measured rate.')
})

test('figures of a pool', (t) => {
  t.like(poolStatus(good), {
    capacity: '2Gi',
    used: '2Mi',
    replicas: 2,
    readyReplicas: 2,
    version: '1',
    selector: 'app.kubernetes.io/name=lunarx-provider,app.kubernetes.io/instance=pool-a',
  })
})
