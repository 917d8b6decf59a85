import { runConfigSchema } from '@lunarx/core/membership'
import test from 'ava'
import { aNetwork, aProviderPool, aTrackerPool } from '../pools.fixture.ts'
import type { Pool } from '../pool.ts'
import { backendConfig, backendMounts, backendVolumes } from './backend.ts'
import { podSpec } from './pod.ts'
import { runConfig } from './run-config.ts'

const s3 = (more = {}) =>
  aProviderPool({
    capacity: '8Gi',
    backend: { s3: { endpoint: 'https://s3.example.com:9000', bucket: 'shards', credentialsSecret: { name: 's3-keys' }, ...more } },
  })
const hdfs = (more = {}) =>
  aProviderPool({ capacity: '8Gi', backend: { hdfs: { urls: ['http://nn-0:9870', 'http://nn-1:9870'], root: '/lunarx', ...more } } })

/** As a pod reads it: names from the environment are filled in. */
const read = (pool: Pool, pod: string) => runConfigSchema.parse(JSON.parse(JSON.stringify(runConfig(pool)).replaceAll('$(POD_NAME)', pod)))

test('a bucket: what pods read is what lunarx run accepts, and each pod has a folder of its own', (t) => {
  const [first, second] = [read(s3(), 'pool-a-0'), read(s3(), 'pool-a-1')]
  t.deepEqual(first.backend, {
    kind: 's3',
    endpoint: 'https://s3.example.com:9000',
    bucket: 'shards',
    prefix: 'ns/lunar/pool-a-0',
    region: 'us-east-1',
    pathStyle: true,
    credentialsFolder: '/var/run/secrets/lunarx-backend',
  })
  t.like(second.backend, { prefix: 'ns/lunar/pool-a-1' })
  t.is(first.capacityBytes, 8 * 2 ** 30)
  t.like(read(s3({ prefix: 'fleet/east' }), 'pool-a-0').backend, { prefix: 'fleet/east/pool-a-0' })
})

test('HDFS: by user, or by a token from a Secret', (t) => {
  t.deepEqual(read(hdfs({ user: 'lunarx', replication: 2 }), 'pool-a-0').backend, {
    kind: 'hdfs',
    urls: ['http://nn-0:9870', 'http://nn-1:9870'],
    root: '/lunarx',
    prefix: 'ns/lunar/pool-a-0',
    user: 'lunarx',
    replication: 2,
    minBlockBytes: 1_048_576,
  })
  t.deepEqual(backendVolumes(hdfs({ user: 'lunarx' })), [])
  const byToken = hdfs({ tokenSecret: { name: 'hdfs-token', key: 'dt' } })
  t.like(read(byToken, 'pool-a-0').backend, { tokenFile: '/var/run/secrets/lunarx-backend/token' })
  t.deepEqual(backendVolumes(byToken), [
    {
      name: 'backend-keys',
      projected: { defaultMode: 0o440, sources: [{ secret: { name: 'hdfs-token', items: [{ key: 'dt', path: 'token' }] } }] },
    },
  ])
})

test('keys come as files that the group may read: both must be there, a session token may', (t) => {
  t.deepEqual(backendVolumes(s3()), [
    {
      name: 'backend-keys',
      projected: {
        defaultMode: 0o440,
        sources: [
          {
            secret: {
              name: 's3-keys',
              items: [
                { key: 'accessKey', path: 'accessKey' },
                { key: 'secretKey', path: 'secretKey' },
              ],
            },
          },
          { secret: { name: 's3-keys', items: [{ key: 'sessionToken', path: 'sessionToken' }], optional: true } },
        ],
      },
    },
  ])
})

for (const [title, authority, source] of [
  ['a ConfigMap', { caConfigMap: { name: 'ca' } }, { configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }],
  ['a Secret', { caSecret: { name: 'ca', key: 'root' } }, { secret: { name: 'ca', items: [{ key: 'root', path: 'ca.crt' }] } }],
] as const)
  test(`certificate authorities come from ${title}`, (t) => {
    const pool = s3(authority)
    t.like(backendConfig(pool), { caFile: '/etc/lunarx-backend/ca.crt' })
    t.deepEqual(backendVolumes(pool)[1], { name: 'backend-ca', projected: { defaultMode: 0o440, sources: [source] } })
    t.deepEqual(backendMounts(pool), [
      { name: 'backend-keys', mountPath: '/var/run/secrets/lunarx-backend', readOnly: true },
      { name: 'backend-ca', mountPath: '/etc/lunarx-backend', readOnly: true },
    ])
  })

test('a pod mounts what its backend needs, and no key is in its environment', (t) => {
  const spec = podSpec(s3(), aNetwork(), { image: 'node:1' })
  const [container] = spec.containers
  t.true(container?.volumeMounts.some(({ mountPath }) => mountPath === '/var/run/secrets/lunarx-backend'))
  t.deepEqual(
    container?.env.map(({ name }) => name),
    ['POD_NAME'],
  )
  for (const pool of [aProviderPool(), aTrackerPool()]) {
    t.is(backendConfig(pool), undefined)
    t.deepEqual(backendVolumes(pool), [])
  }
})
