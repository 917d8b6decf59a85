import { runConfigSchema } from '@lunarx/core/membership'
import test from 'ava'
import { aNetwork, aTrackerPool } from '../pools.fixture.ts'
import { podSpec } from './pod.ts'
import { runConfig } from './run-config.ts'
import { storeMounts, storeVolumes } from './tracker-store.ts'

const onDatabase = (more = {}) =>
  aTrackerPool({ store: { postgres: { hosts: ['db-rw', 'db-r'], database: 'lunar', credentialsSecret: { name: 'db-keys' }, ...more } } })

test('what pods read is what lunarx run accepts: checked certificates unless said otherwise', (t) => {
  const read = (more = {}) => runConfigSchema.parse(JSON.parse(JSON.stringify(runConfig(onDatabase(more))))).store
  t.deepEqual(read(), {
    kind: 'postgres',
    hosts: ['db-rw', 'db-r'],
    port: 5432,
    database: 'lunar',
    sslMode: 'verify-full',
    credentialsFolder: '/var/run/secrets/lunarx-store',
    connections: 8,
  })
  t.like(read({ port: 26_257, sslMode: 'verify-ca', caSecret: { name: 'db-ca' } }), {
    port: 26_257,
    sslMode: 'verify-ca',
    caFile: '/etc/lunarx-store/ca.crt',
  })
})

test('the account comes as files that the group may read, authorities beside it', (t) => {
  const pool = onDatabase({ caConfigMap: { name: 'roots', key: 'all.pem' } })
  const keys = [
    { key: 'username', path: 'username' },
    { key: 'password', path: 'password' },
  ]
  t.deepEqual(storeVolumes(pool), [
    { name: 'store-keys', projected: { defaultMode: 0o440, sources: [{ secret: { name: 'db-keys', items: keys } }] } },
    {
      name: 'store-ca',
      projected: { defaultMode: 0o440, sources: [{ configMap: { name: 'roots', items: [{ key: 'all.pem', path: 'ca.crt' }] } }] },
    },
  ])
  t.deepEqual(storeMounts(pool), [
    { name: 'store-keys', mountPath: '/var/run/secrets/lunarx-store', readOnly: true },
    { name: 'store-ca', mountPath: '/etc/lunarx-store', readOnly: true },
  ])
  const { containers, volumes } = podSpec(pool, aNetwork(), { image: 'lunarx:1' })
  const names = volumes.map(({ name }) => name)
  for (const { name } of containers[0]?.volumeMounts ?? []) if (name !== 'data') t.true(names.includes(name), name)
  t.true(names.includes('store-keys'))
})

test('trackers on their volumes are given nothing more than before there was a choice', (t) => {
  const pool = aTrackerPool()
  t.false('store' in runConfig(pool))
  t.deepEqual([storeVolumes(pool), storeMounts(pool)], [[], []])
})
