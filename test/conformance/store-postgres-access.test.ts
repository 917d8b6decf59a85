import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import test from 'ava'
import { makeCertificate } from '../interop/certificate.ts'
import { scratchFolder } from '../interop/scratch.ts'
import { ACCOUNT, Database, setPassword, terminate } from './store-postgres.ts'

const opened = new AsyncDisposableStack()
let database: Database
let caFile: string

test.before('PostgreSQL starts', async () => {
  const folder = opened.use(await scratchFolder())
  const { certificate, key, certificateFile } = await makeCertificate(folder.path)
  database = opened.use(await Database.start({ tls: { certificate, key } }))
  caFile = join(database.folder, 'ca.crt')
  await copyFile(certificateFile, caFile)
})
test.after.always('PostgreSQL stops', () => opened.disposeAsync())

const at = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)
const put = (key: number, value: number) => ({ put: at(key), value: at(value) })

test.serial('trackers that start together make the tables once; tables of a newer version are left alone', async (t) => {
  const opening = Array.from({ length: 6 }, () => database.open({}))
  for (const stores of await Promise.all(opening)) await stores[Symbol.asyncDispose]()
  await using admin = await database.admin()
  const { rows } = await admin.client.query<{ version: number }>('SELECT version FROM lunarx_schema')
  await admin.client.query('UPDATE lunarx_schema SET version = 1000')
  const error = await t.throwsAsync(database.open({}), { code: 'STORE_FAILED', message: /newer version/ })
  t.like(error, { retryable: false })
  await admin.client.query('UPDATE lunarx_schema SET version = $1', [rows[0]?.version])
  await (await database.open({}))[Symbol.asyncDispose]()
})

test.serial('a wrong password is named at once, a rotated one is read without a restart', async (t) => {
  await using admin = await database.admin()
  await using one = await database.openOne()
  await setPassword(admin.client, 'another')
  try {
    await one.store.write([put(1, 1)]) // a connection that stands is not asked again
    const error = await t.throwsAsync(database.open({}), { code: 'STORE_FAILED', message: /see username and password/ })
    t.like(error, { retryable: false })
    t.notRegex(inspect(error, { depth: 9 }), /a pass'word/)
    await database.writeCredentials('another')
    await terminate(admin.client)
    await one.store.write([put(1, 2)])
    t.deepEqual(await one.store.get(at(1)), at(2))
  } finally {
    await setPassword(admin.client, ACCOUNT.password)
    await database.writeCredentials(ACCOUNT.password)
  }
})

test.serial('a database or a right that is missing is named', async (t) => {
  const absent = database.open({ config: { database: 'nowhere' } })
  t.like(await t.throwsAsync(absent, { code: 'STORE_FAILED', message: /is not there/ }), { retryable: false })
  const foreign = database.open({ config: { database: 'postgres' } }) // may connect, may make no tables
  t.like(await t.throwsAsync(foreign, { code: 'STORE_FAILED', message: /lacks a right/ }), { retryable: false })
})

test.serial('TLS: an authority of its own, its name, and the levels of libpq', async (t) => {
  const open = async (config: Parameters<Database['config']>[0]): Promise<void> =>
    (await database.open({ config: { sslMode: 'verify-full', ...config } }))[Symbol.asyncDispose]()
  const isNotTrusted = { code: 'STORE_FAILED', message: /certificate of the database is not trusted/ }
  await t.notThrowsAsync(open({ caFile }))
  await t.throwsAsync(open({}), isNotTrusted)
  await t.throwsAsync(open({ sslMode: 'verify-ca' }), isNotTrusted)
  await t.notThrowsAsync(open({ sslMode: 'require' }))
  await t.throwsAsync(open({ caFile, hosts: ['localhost'] }), isNotTrusted) // the certificate is one of 127.0.0.1
  await t.notThrowsAsync(open({ caFile, hosts: ['localhost'], sslMode: 'verify-ca' }))
  await t.throwsAsync(open({ caFile: join(database.folder, 'missing') }), { code: 'BAD_CONFIG' })
  await using admin = await database.admin()
  await using stores = await database.open({ config: { sslMode: 'verify-full', caFile } })
  await stores.openStore('rows')
  const sessions = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'lunarx'"
  t.deepEqual((await admin.client.query(`SELECT DISTINCT ssl ${sessions}`)).rows, [{ ssl: true }])
})

test.serial('a server that takes no writes is passed over, or waited for', async (t) => {
  await using admin = await database.admin('postgres')
  await using one = await database.openOne({ config: { hosts: ['127.0.0.1', 'localhost'] } })
  await one.store.write([put(1, 1)])
  await admin.client.query('ALTER ROLE tracker SET default_transaction_read_only = on')
  await terminate(admin.client)
  const written = one.store.write([put(1, 2)])
  const refused = await t.throwsAsync(database.open({ patience: { attempts: 2 } }), { code: 'STORE_FAILED', message: /takes no writes/ })
  t.like(refused, { retryable: true })
  await admin.client.query('ALTER ROLE tracker RESET default_transaction_read_only')
  await written
  t.deepEqual(await one.store.get(at(1)), at(2))
})

test.serial('a server that dies and comes back has all that was acknowledged', async (t) => {
  await using one = await database.openOne()
  const acknowledged: number[] = []
  const writing = (async () => {
    for (let i = 0; i < 60; i++) {
      await one.store.write([put(i, i)])
      acknowledged.push(i)
      if (i === 20) await database.server.kill()
    }
  })()
  while (acknowledged.length < 21) await new Promise(setImmediate)
  await t.throwsAsync(database.open({ patience: { attempts: 2 } }), { code: 'STORE_FAILED' })
  await database.server.start()
  await writing
  const kept = await one.store.scan({ from: at(), limit: 100 })
  t.deepEqual(
    kept.map(({ key }) => key[0]),
    acknowledged,
  )
})
