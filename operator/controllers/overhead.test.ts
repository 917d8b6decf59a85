import test from 'ava'
import { aProvider } from '../healing/fleet.fixture.ts'
import { overheadOf, storeFactor } from './overhead.ts'
import { aProviderPool, aSpec } from './pools.fixture.ts'

const backendOf = (backend: unknown) => {
  const { component, spec } = aProviderPool({ capacity: '1Gi', backend })
  if (component === 'tracker') throw new Error('not a provider')
  return spec.backend
}
const s3 = (more = {}) => ({ s3: { endpoint: 'http://s3', bucket: 'shards', credentialsSecret: { name: 'k' }, ...more } })
const hdfs = (more = {}) => ({ hdfs: { urls: ['http://nn:9870'], root: '/lunarx', ...more } })

test('a volume adds nothing; a bucket and HDFS what they state', (t) => {
  t.is(storeFactor(backendOf({ volume: {} })), 1)
  t.is(storeFactor(backendOf(s3({ overhead: '1.4' }))), 1.4)
  t.is(storeFactor(backendOf(hdfs({ replication: 3 }))), 3)
  t.is(storeFactor(backendOf(hdfs())), undefined)
})

const fleet = {
  providers: [
    aProvider('own-0', 'p0', { capacityBytes: 100 }),
    aProvider('own-1', 'p1', { capacityBytes: 900, state: 'lost', declaredLost: true }),
    aProvider('bucket-0', 'p2', { capacityBytes: 100 }),
    aProvider('files-0', 'p3', { capacityBytes: 200 }),
  ],
  sets: { margin: {}, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 },
}
const pools = (bucket: unknown) => [
  { name: 'own', spec: { replicas: 2, backend: backendOf({ volume: {} }) } },
  { name: 'bucket', spec: { replicas: 1, backend: backendOf(bucket) } },
  { name: 'files', spec: { replicas: 1, backend: backendOf(hdfs({ replication: 3 })) } },
]

test('code × stores, by the room that there is', (t) => {
  t.deepEqual(overheadOf(aSpec(), pools(s3({ overhead: '2' })), fleet), { code: '1.5', stores: '2.25', effective: '3.38' })
  t.deepEqual(overheadOf(aSpec(), pools(s3()), fleet), { code: '1.5', stores: '2', effective: '3', unstated: ['bucket'] })
  t.deepEqual(overheadOf(aSpec(), [], { ...fleet, providers: [] }), { code: '1.5', stores: '1', effective: '1.5' })
})
