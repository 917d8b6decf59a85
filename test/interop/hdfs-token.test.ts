import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { backendSchema, type HdfsBackend } from '@lunarx/core/membership'
import type { LunarError } from '@lunarx/core/model'
import { type Hdfs, startHdfs } from '../../hack/servers/hdfs.ts'
import { type Kdc, startKdc } from '../../hack/servers/kdc.ts'
import { openRoot, USER } from '../conformance/objects-hdfs.ts'
import { scratchFolder } from './scratch.ts'

const FETCH = 'org.apache.hadoop.hdfs.tools.DelegationTokenFetcher'
const SHELL = 'org.apache.hadoop.fs.FsShell'
const ROOT = '/lunarx'

const opened = new AsyncDisposableStack()
let folder: string
let kdc: Kdc
let hdfs: Hdfs

test.before('an HDFS that wants Kerberos starts', async () => {
  folder = opened.use(await scratchFolder()).path
  kdc = opened.use(await startKdc(join(folder, 'kdc'), [USER]))
  hdfs = opened.use(await startHdfs({ folder: join(folder, 'hdfs'), nameNodes: 1, dataNodes: 1, replication: 1, kdc }))
  await hdfs.admin(SHELL, '-mkdir', ROOT)
  await hdfs.admin(SHELL, '-chown', USER, ROOT)
})
test.after.always('and stops', () => opened.disposeAsync())

async function fetchToken(name: string): Promise<string> {
  const file = join(folder, name)
  await hdfs.as(kdc.as(USER), FETCH, '--renewer', USER, `file://${file}`)
  await chmod(file, 0o600)
  return file
}

const backendWith = (change: Partial<HdfsBackend>): HdfsBackend =>
  backendSchema.parse({ kind: 'hdfs', urls: hdfs.urls, root: ROOT, ...change }) as HdfsBackend

async function* only(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

test('a name alone is refused for good', async (t) => {
  await using objects = (await openRoot(backendWith({ user: USER }))).objects
  const error = await t.throwsAsync<LunarError>(objects.size('a'), { code: 'STORE_FAILED' })
  t.false(error.retryable)
})

test('the token of `hdfs fetchdt` opens; cancelled it is refused for good and told to nobody; the next one in the file is taken at once', async (t) => {
  const tokenFile = join(folder, 'token')
  await copyFile(await fetchToken('first'), tokenFile)
  await using objects = (await openRoot(backendWith({ tokenFile }))).objects
  await objects.put('shards/ab/a', 5, () => only('bytes'))
  const into = new Uint8Array(5)
  t.is(await objects.read('shards/ab/a', into, 0), 5)
  t.is(Buffer.from(into).toString(), 'bytes')
  t.deepEqual(await Array.fromAsync(objects.list('shards/')), [{ name: 'shards/ab/a', sizeBytes: 5 }])
  await hdfs.as(kdc.as(USER), FETCH, '--cancel', `file://${tokenFile}`)
  const error = await t.throwsAsync<LunarError>(objects.size('shards/ab/a'), { code: 'STORE_FAILED' })
  t.false(error.retryable)
  const secret = (await readFile(tokenFile)).subarray(-70).toString('base64url').slice(4, 30)
  t.false(JSON.stringify([error.message, error.detail, String(error.cause)]).includes(secret))
  await copyFile(await fetchToken('second'), tokenFile)
  t.is(await objects.size('shards/ab/a'), 5)
})

test('the same token as text opens, and what is neither opens nothing', async (t) => {
  const file = await fetchToken('third')
  const bytes = await readFile(file)
  const tokenFile = join(folder, 'text')
  await writeFile(tokenFile, `${bytes.subarray(7 + bytes.readUInt8(6), -1).toString('base64url')}\n`, { mode: 0o600 })
  await using objects = (await openRoot(backendWith({ tokenFile }))).objects
  t.deepEqual(await objects.claim('id', new Uint8Array([1])), new Uint8Array([1]))
  for (const wrong of [
    bytes.subarray(0, 20),
    Buffer.concat([bytes, bytes]).fill(2, 5, 6),
    Buffer.from('two words'),
    Buffer.alloc(9_000, 97),
  ]) {
    await writeFile(tokenFile, wrong)
    await t.throwsAsync(openRoot(backendWith({ tokenFile })), { code: 'BAD_CONFIG' })
  }
})
