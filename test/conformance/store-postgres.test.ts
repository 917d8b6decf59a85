import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { startCutProxy } from './cut-proxy.ts'
import { commitsOf, Database, terminate, untilBlocking, untilIdle } from './store-postgres.ts'
import { storeConformance } from './store.ts'

const opened = new AsyncDisposableStack()
let database: Database

test.before('PostgreSQL starts', async () => {
  database = opened.use(await Database.start({ settings: { deadlock_timeout: '500ms' } }))
})
test.after.always('PostgreSQL stops', () => opened.disposeAsync())

storeConformance(test, 'PostgreSQL', async () => {
  const [owner, stores] = [database.newOwner(), new AsyncDisposableStack()]
  const open = async () => await stores.use(await database.open({ owner })).openStore('rows')
  return { open, [Symbol.asyncDispose]: () => stores.disposeAsync() }
})

const at = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)
const put = (key: number, value: number) => ({ put: at(key), value: at(value) })

test.serial('a write that another transaction pushed aside is made again', async (t) => {
  await using admin = await database.admin()
  await admin.client.query("ALTER ROLE tracker SET default_transaction_isolation = 'serializable'")
  await using one = await database.openOne()
  await one.store.write([put(1, 1)])
  await admin.client.query('BEGIN')
  await admin.client.query('UPDATE lunarx_spaces SET sequence = sequence WHERE name = $1', [one.name])
  const written = one.store.write([put(1, 2)])
  await untilBlocking(admin.client)
  await admin.client.query('COMMIT') // 40001: could not serialize access due to concurrent update
  await written
  await admin.client.query('ALTER ROLE tracker RESET default_transaction_isolation')
  t.is(one.failedWrites(), 1)
  t.deepEqual(await one.store.get(at(1)), at(2))
})

test.serial('a write that was the victim of a deadlock is made again', async (t) => {
  await using admin = await database.admin()
  await using one = await database.openOne()
  await one.store.write([put(1, 1)])
  await admin.client.query("SET deadlock_timeout = '1h'")
  await admin.client.query('BEGIN')
  const space = 'space = (SELECT id FROM lunarx_spaces WHERE name = $1)'
  await admin.client.query(`UPDATE lunarx_entries SET v = v WHERE ${space}`, [one.name])
  const written = one.store.write([put(1, 2)])
  await untilBlocking(admin.client)
  await admin.client.query('UPDATE lunarx_spaces SET owner = owner WHERE name = $1', [one.name]) // closes the circle: 40P01 for the other
  await admin.client.query('COMMIT')
  await written
  t.is(one.failedWrites(), 1)
  t.deepEqual(await one.store.get(at(1)), at(2))
})

test.serial('a commit whose answer was lost is found to have been made', async (t) => {
  await using proxy = await startCutProxy(database.server.port)
  await using admin = await database.admin()
  await using one = await database.openOne({ config: { port: proxy.port } })
  await one.store.write([put(1, 1)])
  const before = await commitsOf(admin.client, one.name)
  proxy.swallowAnswerTo('COMMIT')
  await one.store.write([put(1, 2)])
  t.is(one.failedWrites(), 1)
  t.is(await commitsOf(admin.client, one.name), before + 1)
  t.deepEqual(await one.store.get(at(1)), at(2))
  await one.store.write([put(1, 3)])
  t.deepEqual(await one.store.get(at(1)), at(3))
})

test.serial('a commit that was given up does nothing after a later one', async (t) => {
  await using admin = await database.admin()
  await using one = await database.openOne({ patience: { attempts: 1, attemptMs: 1_000 } })
  await one.store.write([put(1, 1)])
  await admin.client.query('BEGIN')
  await admin.client.query('SELECT 1 FROM lunarx_spaces WHERE name = $1 FOR UPDATE', [one.name])
  await t.throwsAsync(one.store.write([put(1, 2)]), { code: 'STORE_FAILED', message: /time limit/ })
  const removed = (async () => {
    for (;;)
      try {
        return await one.store.write([{ remove: at(1) }])
      } catch {
        // until the lock is gone
      }
  })()
  await admin.client.query('COMMIT')
  await removed
  await untilIdle(admin.client)
  t.is(await one.store.get(at(1)), undefined)
})

test.serial('connections that are lost are made again, in the middle of a write too', async (t) => {
  await using admin = await database.admin()
  await using one = await database.openOne()
  await one.store.write([put(1, 1)])
  await terminate(admin.client)
  t.deepEqual(await one.store.get(at(1)), at(1))
  await admin.client.query('BEGIN')
  await admin.client.query('SELECT 1 FROM lunarx_spaces WHERE name = $1 FOR UPDATE', [one.name])
  const written = one.store.write([put(1, 2)])
  await untilBlocking(admin.client)
  await terminate(admin.client)
  await admin.client.query('COMMIT')
  await written
  t.true(one.failedWrites() >= 1)
  t.deepEqual(await one.store.get(at(1)), at(2))
})

test.serial('more callers than connections wait for their turn', async (t) => {
  await using one = await database.openOne({ config: { connections: 2 } })
  await one.store.write([put(1, 1)])
  const read = await Promise.all(Array.from({ length: 50 }, () => one.store.get(at(1))))
  t.true(read.every((value) => value?.[0] === 1))
  await using admin = await database.admin()
  const { rows } = await admin.client.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'lunarx'")
  t.true(rows.length <= 2, `${rows.length} sessions`)
})

test.serial('who opened a store last has it: the writer from before is refused, and told why', async (t) => {
  const owner = database.newOwner()
  await using before = await database.openOne({ owner })
  await before.store.write([put(1, 1)])
  await using after = await database.openOne({ owner })
  t.deepEqual(await after.store.get(at(1)), at(1))
  const error = await t.throwsAsync(before.store.write([put(1, 2)]), { code: 'STORE_FAILED', message: /taken over/ })
  t.like(error, { retryable: false })
  await after.store.write([put(1, 3)])
  t.deepEqual(await before.store.get(at(1)), at(3))
})

test.serial('trackers do not see each other, nor do stores of one tracker', async (t) => {
  await using stores = await database.open({})
  const [map, fleet] = [await stores.openStore('map'), await stores.openStore('fleet')]
  await using other = await database.openOne()
  await map.write([put(1, 1)])
  t.is(await fleet.get(at(1)), undefined)
  t.is(await other.store.get(at(1)), undefined)
  t.deepEqual(await map.get(at(1)), at(1))
})

test.serial('a batch that the database does not take takes no other along', async (t) => {
  await using one = await database.openOne()
  const longKey = new SeededRandom(1).bytes(9_000) // more than an entry of an index may have, and not to be compressed
  const [good, bad] = [one.store.write([put(1, 1)]), one.store.write([put(2, 2), { put: longKey, value: at(1) }])]
  await t.throwsAsync(bad, { code: 'STORE_FAILED' })
  await good
  t.deepEqual(await one.store.get(at(1)), at(1))
  t.is(await one.store.get(at(2)), undefined)
})
