import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { HdfsBackend } from '@lunarx/core/membership'
import type { LunarError } from '@lunarx/core/model'
import type { Objects } from '@lunarx/runtime/objects'
import { type HdfsNode, startHdfs } from '../../hack/servers/hdfs.ts'
import { asSuperuser, openRoot, Roots } from '../conformance/objects-hdfs.ts'
import { makeCertificate } from './certificate.ts'
import { Gateway, type Harm } from './gateway.ts'
import { scratchFolder } from './scratch.ts'

const MIB = 1024 * 1024
const DATA_NODES = 3

const opened = new AsyncDisposableStack()
let roots: Roots
let folder: string

test.before('HDFS starts', async () => {
  folder = opened.use(await scratchFolder()).path
  roots = new Roots(opened.use(await startHdfs({ folder: join(folder, 'hdfs'), nameNodes: 1, dataNodes: DATA_NODES, replication: 2 })))
})
test.after.always('HDFS stops', () => opened.disposeAsync())

const bytesOf = (seed: string, sizeBytes: number): Uint8Array =>
  Uint8Array.from(createHash('shake256', { outputLength: sizeBytes }).update(seed).digest())

async function* inChunks(bytes: Uint8Array, onChunk: (at: number) => Promise<void> | void = () => undefined): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) {
    await onChunk(at)
    yield bytes.slice(at, at + 100_000)
  }
}

const put = (objects: Objects, name: string, bytes: Uint8Array): Promise<void> => objects.put(name, bytes.length, () => inChunks(bytes))

const superuser = (method: 'GET' | 'PUT' | 'DELETE', path: string, query: Record<string, string>): Promise<unknown> =>
  asSuperuser(roots.hdfs.urls[0] ?? '', method, path, query)

/** Equal sums, equal bytes: shorter in a message. */
async function sumOf(objects: Objects, name: string): Promise<string | undefined> {
  const size = await objects.size(name)
  if (size === undefined) return undefined
  const into = new Uint8Array(size)
  await objects.read(name, into, 0)
  return sum(into)
}
const sum = (bytes: Uint8Array): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`

/** Names and addresses that a peer must not learn from an error. */
function tellsNothing({ message, detail }: LunarError, { root, urls }: HdfsBackend): boolean {
  const told = `${message} ${JSON.stringify(detail)}`
  return !told.includes(root) && urls.every((url) => !told.includes(new URL(url).port))
}

/** Resolves when so many data nodes that run have reported each block of an object. */
async function untilCopied({ root, prefix }: HdfsBackend, name: string, copies: number): Promise<void> {
  for (;;) {
    const { BlockLocations: located } = (await superuser('GET', `${root}/${prefix}/${name}`, { op: 'GETFILEBLOCKLOCATIONS' })) as {
      BlockLocations: { BlockLocation: { names: string[] }[] }
    }
    if (located.BlockLocation.every(({ names }) => names.length >= copies)) return
    await sleep(50)
  }
}

const behind = async (gateway: Gateway): Promise<HdfsBackend> => ({ ...(await roots.make()), urls: [gateway.url] })

const HARMS: readonly [string, Omit<Harm, 'times'>][] = [
  ['is cut', { op: 'CREATE', to: 'data node', kind: 'cut', at: 700_000 }],
  ['arrives shorter and is stored with success', { op: 'CREATE', to: 'data node', kind: 'short', at: 700_000 }],
  ['arrives with another byte and is stored with success', { op: 'CREATE', to: 'data node', kind: 'flip', at: 700_000 }],
  ['is stored and the answer is lost', { op: 'CREATE', to: 'data node', kind: 'lose' }],
  ['is renamed and the answer is lost', { op: 'RENAME', to: 'name node', kind: 'lose' }],
  ['meets a busy name node', { op: 'CREATE', to: 'name node', kind: 'busy' }],
]
for (const [title, harm] of HARMS)
  test(`an upload that ${title} is sent again`, async (t) => {
    await using gateway = await Gateway.open(roots.hdfs.urls[0] ?? '')
    const { objects, metrics } = await openRoot(await behind(gateway))
    await using _objects = objects
    await put(objects, 'a', bytesOf('old', 1000))
    gateway.harms.push({ ...harm, times: 2 })
    const bytes = bytesOf('new', MIB)
    await put(objects, 'a', bytes)
    t.is(await sumOf(objects, 'a'), sum(bytes))
    t.true(metrics.observed('lunarx_backend_seconds', { backend: 'hdfs', operation: 'put', outcome: 'failed' }).length >= 2)
  })

test('a read that is cut is asked again', async (t) => {
  await using gateway = await Gateway.open(roots.hdfs.urls[0] ?? '')
  await using objects = (await openRoot(await behind(gateway))).objects
  const bytes = bytesOf('cut', MIB)
  await put(objects, 'a', bytes)
  gateway.harms.push({ op: 'OPEN', to: 'data node', kind: 'cut', at: 300_000, times: 2 })
  t.is(await sumOf(objects, 'a'), sum(bytes))
})

test('what was stored is compared without reading it back, and in an erasure-coded folder by reading it back', async (t) => {
  await using gateway = await Gateway.open(roots.hdfs.urls[0] ?? '')
  const [plain, coded] = [await behind(gateway), await behind(gateway)]
  await using objects = (await openRoot(plain)).objects
  await put(objects, 'a', bytesOf('plain', MIB))
  t.deepEqual([gateway.passed('GETFILECHECKSUM'), gateway.passed('OPEN')], [1, 0])
  await superuser('PUT', '/', { op: 'ENABLEECPOLICY', ecpolicy: 'XOR-2-1-1024k' })
  await superuser('PUT', coded.root, { op: 'SETECPOLICY', ecpolicy: 'XOR-2-1-1024k' })
  await using striped = (await openRoot(coded)).objects
  const bytes = bytesOf('striped', 3 * MIB + 5)
  await put(striped, 'a', bytes)
  await put(striped, 'b', bytes)
  t.deepEqual([gateway.passed('GETFILECHECKSUM'), gateway.passed('OPEN')], [2, 2])
  gateway.harms.push({ op: 'CREATE', to: 'data node', kind: 'flip', at: 2 * MIB, times: 1 })
  await put(striped, 'c', bytes)
  t.is(gateway.passed('OPEN'), 4)
  for (const name of ['a', 'b', 'c']) t.is(await sumOf(striped, name), sum(bytes))
})

test('another user is refused at once, and the error says neither where nor what', async (t) => {
  const backend = await roots.make()
  await using objects = (await openRoot({ ...backend, user: 'mallory' })).objects
  const denied = { code: 'STORE_FAILED', message: 'HDFS refuses' } as const
  for (const work of [
    () => put(objects, 'a', bytesOf('x', 10)),
    () => objects.size('a'),
    () => objects.remove('a'),
    () => objects.freeBytes(),
  ]) {
    const error = await t.throwsAsync<LunarError>(work, denied)
    t.false(error.retryable)
    t.is(error.detail['server'], 'AccessControlException')
    t.true(tellsNothing(error, backend))
  }
})

test('a quota that is used up is FULL: reads and removes go on, and what they free is used', async (t) => {
  const backend = await roots.make()
  await using objects = (await openRoot(backend)).objects
  await superuser('PUT', backend.root, { op: 'SETQUOTA', namespacequota: '9223372036854775807', storagespacequota: `${8 * MIB}` })
  const bytes = bytesOf('quota', 2 * MIB)
  t.is(await objects.freeBytes(), 4 * MIB)
  await put(objects, 'a', bytes)
  await put(objects, 'b', bytes)
  t.is(await objects.freeBytes(), 0)
  const error = await t.throwsAsync<LunarError>(put(objects, 'c', bytes), { code: 'FULL' })
  t.is(error.detail['server'], 'DSQuotaExceededException')
  t.is(await sumOf(objects, 'a'), sum(bytes))
  await objects.remove('b')
  await put(objects, 'c', bytes)
  t.is(await sumOf(objects, 'c'), sum(bytes))
})

test('a root that is gone is a failure, never "there is no such object", and is not made again', async (t) => {
  const backend = await roots.make()
  await using objects = (await openRoot(backend)).objects
  await put(objects, 'a', bytesOf('x', 10))
  await superuser('DELETE', backend.root, { op: 'DELETE', recursive: 'true' })
  const works = [
    () => objects.size('a'),
    () => objects.read('a', new Uint8Array(1), 0),
    () => objects.remove('a'),
    () => Array.fromAsync(objects.list('')),
    () => put(objects, 'a', bytesOf('x', 10)),
    () => objects.claim('id', new Uint8Array(1)),
  ]
  for (const work of works) {
    const error = await t.throwsAsync<LunarError>(async () => work(), { code: 'STORE_FAILED' })
    t.false(error.retryable)
  }
  await t.throwsAsync(superuser('GET', backend.root, { op: 'GETFILESTATUS' }), { message: /FileNotFoundException/ })
})

test('what an interrupted put has left half-written is removed a day later, and nothing younger', async (t) => {
  const backend = await roots.make()
  const incoming = `${backend.root}/${backend.prefix}/.incoming`
  await using objects = (await openRoot(backend)).objects
  const left = async (): Promise<{ readonly pathSuffix: string; readonly length: number }[]> => {
    const listed = (await superuser('GET', incoming, { op: 'LISTSTATUS' })) as {
      FileStatuses: { FileStatus: { pathSuffix: string; length: number }[] }
    }
    return listed.FileStatuses.FileStatus
  }
  await put(objects, 'c', bytesOf('c', 10)) // makes the folder
  for (const [i, name] of ['a', 'b'].entries()) {
    const stop = new AbortController()
    const bytes = inChunks(bytesOf(name, MIB), async (at) => {
      if (at !== 500_000) return
      while ((await left()).length <= i) await sleep(20)
      stop.abort(new Error(name))
    })
    await t.throwsAsync(
      objects.put(name, MIB, () => bytes, stop.signal),
      { message: name },
    )
  }
  while ((await left()).some(({ length }) => length === 0)) await sleep(20) // the data nodes keep what has come
  const [old, young] = await left()
  await superuser('PUT', `${incoming}/${old?.pathSuffix}`, {
    op: 'SETTIMES',
    modificationtime: `${Date.now() - 25 * 3_600_000}`,
    accesstime: '-1',
  })
  await using restarted = (await openRoot(backend)).objects
  await put(restarted, 'a', bytesOf('x', 10))
  t.deepEqual(
    (await left()).map(({ pathSuffix }) => pathSuffix),
    [young?.pathSuffix],
  )
})

test('a token goes with every question in the place of a name, and is in no error', async (t) => {
  await using gateway = await Gateway.open(roots.hdfs.urls[0] ?? '')
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, 'AAAAsecret\n', { mode: 0o600 })
  const { user: _, ...backend } = await behind(gateway)
  await using objects = (await openRoot({ ...backend, tokenFile })).objects
  // a cluster without security takes a token for nothing and the asker for a stranger
  const error = await t.throwsAsync<LunarError>(objects.size('a'), { code: 'STORE_FAILED' })
  t.false(error.retryable)
  t.false(JSON.stringify([error.message, error.detail, String(error.cause)]).includes('AAAA'))
  t.is(gateway.lastQuery?.get('delegation'), 'AAAAsecret')
  t.false(gateway.lastQuery?.has('user.name'))
})

test('over TLS, a server that nobody vouches for is refused, and so is a redirect out of TLS', async (t) => {
  const certificate = await makeCertificate(folder)
  await using gateway = await Gateway.open(roots.hdfs.urls[0] ?? '', certificate)
  const backend = { ...(await behind(gateway)), caFile: certificate.certificateFile }
  await using objects = (await openRoot(backend)).objects
  const bytes = bytesOf('tls', MIB)
  await put(objects, 'a', bytes)
  t.is(await sumOf(objects, 'a'), sum(bytes))
  const { caFile: _, ...strange } = backend
  await using trusting = (await openRoot(strange)).objects
  const untrusted = await t.throwsAsync<LunarError>(trusting.size('a'), { code: 'STORE_FAILED' })
  t.deepEqual([untrusted.retryable, untrusted.detail['server']], [false, 'DEPTH_ZERO_SELF_SIGNED_CERT'])
  gateway.rewritesRedirects = false
  const open = await t.throwsAsync<LunarError>(put(objects, 'b', bytes), { code: 'STORE_FAILED' })
  t.false(open.retryable)
  t.is(await objects.size('b'), undefined)
})

test.serial('safe mode: reads go on, writes wait for its end, and fail in time when it does not come', async (t) => {
  const backend = await roots.make()
  await using objects = (await openRoot(backend, { attempts: 100 })).objects // Hadoop's tool may take long to start
  const bytes = bytesOf('safe', 100_000)
  await put(objects, 'a', bytes)
  await roots.hdfs.admin('org.apache.hadoop.hdfs.tools.DFSAdmin', '-safemode', 'enter')
  t.is(await sumOf(objects, 'a'), sum(bytes))
  await using hasty = (await openRoot(backend, { attempts: 2 })).objects
  const error = await t.throwsAsync<LunarError>(put(hasty, 'b', bytes), { code: 'STORE_FAILED' })
  t.true(error.retryable)
  t.regex(String(error.detail['server']), /^(SafeMode|Retriable)Exception$/)
  const waiting = put(objects, 'b', bytes)
  await roots.hdfs.admin('org.apache.hadoop.hdfs.tools.DFSAdmin', '-safemode', 'leave')
  await waiting
  t.is(await sumOf(objects, 'b'), sum(bytes))
})

test.serial('a data node that is killed during a write costs another try, and reads go to the others', async (t) => {
  await using gateway = await Gateway.open(roots.hdfs.urls[0] ?? '')
  const backend = await behind(gateway)
  const { objects, metrics } = await openRoot(backend)
  await using _objects = objects
  const bytes = bytesOf('killed', 12 * MIB)
  let killed: HdfsNode | undefined
  const killLast = async (): Promise<void> => {
    killed = roots.hdfs.dataNodes.find(({ url }) => url === `http://${gateway.lastDataNode}`)
    await killed?.daemon.kill()
  }
  await objects.put('a', bytes.length, () => inChunks(bytes, (at) => (at === 6_000_000 && !killed ? killLast() : undefined)))
  t.true(metrics.observed('lunarx_backend_seconds', { backend: 'hdfs', operation: 'put', outcome: 'failed' }).length > 0)
  t.is(await sumOf(objects, 'a'), sum(bytes))
  if (killed) await roots.hdfs.restart(killed)
  await untilCopied(backend, 'a', 2) // a put is answered when one data node has it, and the pipeline may have lost the other
  await killLast() // one that has the object
  for (let i = 0; i < 5; i++) t.is(await sumOf(objects, 'a'), sum(bytes))
  if (killed) await roots.hdfs.restart(killed)
})

test.serial('a data node that stands still costs a try its time limit, and nothing else', async (t) => {
  await using gateway = await Gateway.open(roots.hdfs.urls[0] ?? '')
  const { objects, metrics } = await openRoot(await behind(gateway), { attemptMs: 2_000 })
  await using _objects = objects
  const bytes = bytesOf('still', 4 * MIB)
  let still: HdfsNode | undefined
  const pauseLast = (): void => {
    still = roots.hdfs.dataNodes.find(({ url }) => url === `http://${gateway.lastDataNode}`)
    still?.daemon.pause()
  }
  await objects.put('a', bytes.length, () => inChunks(bytes, (at) => (at === 2_000_000 && !still ? pauseLast() : undefined)))
  t.true(metrics.observed('lunarx_backend_seconds', { backend: 'hdfs', operation: 'put', outcome: 'timeout' }).length > 0)
  t.is(await sumOf(objects, 'a'), sum(bytes))
  still?.daemon.resume()
})
