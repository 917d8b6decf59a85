/**
 * Buckets of two real servers, reached through a proxy that does harm: what counts as written is there, what fails says why.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { Client } from 'minio'
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs'
import type { S3Backend } from '@lunarx/core/membership'
import { type ErrorCode, LunarError } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { type Objects, PATIENCE, type Patience } from '@lunarx/runtime/objects'
import { startMinio } from '../../hack/servers/minio.ts'
import type { S3Server } from '../../hack/servers/s3-server.ts'
import { startVersitygw } from '../../hack/servers/versitygw.ts'
import { Buckets, openBucket, writeKeys } from '../conformance/objects-s3.ts'
import { makeCertificate } from './certificate.ts'
import { type Harm, S3Proxy } from './s3-proxy.ts'
import { scratchFolder } from './scratch.ts'

const MIB = 1024 * 1024
const QUICK: Partial<Patience> = { attempts: 2, firstPauseMs: 5, maxPauseMs: 20 }
const ALWAYS = 1_000

const bytesOf = (seed: string, sizeBytes: number): Uint8Array =>
  Uint8Array.from(createHash('shake256', { outputLength: sizeBytes }).update(seed).digest())

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.slice(at, at + 100_000)
}

const put = (objects: Objects, bytes: Uint8Array, name = 'shards/ab/a'): Promise<void> =>
  objects.put(name, bytes.length, () => inChunks(bytes))

const sum = (bytes: Uint8Array): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`

async function sumOf(objects: Objects, name = 'shards/ab/a'): Promise<string | undefined> {
  const into = new Uint8Array((await objects.size(name)) ?? 0)
  const read = await objects.read(name, into, 0)
  return read === undefined ? undefined : sum(into.subarray(0, read))
}

/** Lets simulated time pass as real time does, and the whole time limit of a try whenever a question hangs. */
async function passTime<T>(work: Promise<T>, clock: SimulatedClock, proxy: S3Proxy): Promise<T> {
  const state = { isSettled: false }
  const settled = work.finally(() => (state.isSettled = true))
  settled.catch(() => undefined)
  for (let seen = proxy.hung; !state.isSettled; await sleep(5)) {
    await clock.runFor(proxy.hung > seen ? PATIENCE.attemptMs : 5)
    seen = proxy.hung
  }
  return await settled
}

interface Expected {
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly message: RegExp
}

/** That it fails so, and tells a peer neither where the bucket is nor who we are there. */
async function failsSo(t: ExecutionContext, work: Promise<unknown>, expected: Expected, { bucket, endpoint }: S3Backend): Promise<void> {
  const error = await t.throwsAsync(work, { instanceOf: LunarError })
  t.like(error, { code: expected.code, retryable: expected.retryable })
  t.regex(error?.message ?? '', expected.message)
  const told = `${error?.message} ${JSON.stringify(error?.detail)}`
  for (const secret of [bucket, new URL(endpoint).port, 'benchmark', 'gateway']) t.false(told.includes(secret), told)
}

const SERVERS: Readonly<Record<string, (folder: string) => Promise<S3Server>>> = {
  MinIO: (folder) => startMinio({ folder, drives: 1, parity: 0 }),
  versitygw: startVersitygw,
}

for (const [name, start] of Object.entries(SERVERS)) {
  const opened = new AsyncDisposableStack()
  let buckets: Buckets
  let folder: string

  test.before(`${name} starts`, async () => {
    folder = opened.use(await scratchFolder()).path
    buckets = await Buckets.open(opened.use(await start(join(folder, 'server'))), folder)
  })
  test.after.always(`${name} stops`, () => opened.disposeAsync())

  interface Trial {
    readonly objects: Objects
    readonly proxy: S3Proxy
    /** As the proxy is reached. */
    readonly backend: S3Backend
    /** The same bucket without the proxy. */
    readonly direct: Objects
    readonly metrics: Awaited<ReturnType<typeof openBucket>>['metrics']
  }
  const on = (title: string, body: (trial: Trial, t: ExecutionContext) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      await using stack = new AsyncDisposableStack()
      const bucket = await buckets.make()
      const proxy = stack.use(await S3Proxy.open(bucket.endpoint))
      const backend = { ...bucket, endpoint: proxy.url }
      const { objects, metrics } = await openBucket(backend, QUICK)
      const { objects: direct } = await openBucket(bucket)
      stack.use(objects)
      stack.use(direct)
      await body({ objects, proxy, backend, direct, metrics }, t)
    })
  }

  const small = bytesOf('small', 300_000)
  const large = bytesOf('large', 17 * MIB)
  const IN_A_PART = { method: 'PUT', query: 'partNumber=2' } as const
  const writes: readonly (readonly [string, Omit<Harm, 'times'>, Uint8Array])[] = [
    ['reset in the body', { method: 'PUT', kind: 'cut', at: 100_000 }, small],
    ['cut short as if that were all', { method: 'PUT', kind: 'short', at: 100_000 }, small],
    ['changed in one bit', { method: 'PUT', kind: 'flip', at: 100_000 }, small],
    ['taken with success and thrown away', { method: 'PUT', kind: 'swallow' }, small],
    ['done, its answer lost', { method: 'PUT', kind: 'lose' }, small],
    ['throttled', { method: 'PUT', kind: 'say', status: 503, code: 'SlowDown' }, small],
    ['refused by a gateway in between', { method: 'PUT', kind: 'say', status: 502 }, small],
    ['not to be verified', { method: 'HEAD', kind: 'say', status: 500 }, small],
    ['reset in a part', { ...IN_A_PART, kind: 'cut', at: MIB }, large],
    ['cut short in a part as if that were all', { ...IN_A_PART, kind: 'short', at: 6 * MIB }, large],
    ['changed in one bit of a part', { ...IN_A_PART, kind: 'flip', at: 5 }, large],
    ['robbed of a part with success', { ...IN_A_PART, kind: 'swallow' }, large],
    ['done in parts, its last answer lost', { method: 'POST', query: 'uploadId', kind: 'lose' }, large],
    ['in parts, failed with 200', { method: 'POST', query: 'uploadId', kind: 'say', status: 200, code: 'InternalError' }, large],
  ]
  for (const [what, harm, bytes] of writes)
    on(
      `a put that is ${what} is done again and is whole, or fails and leaves what was there`,
      async ({ objects, proxy, direct, backend }, t) => {
        const old = bytesOf('old', bytes.length)
        await put(direct, old)
        proxy.harms.push({ ...harm, times: ALWAYS })
        await failsSo(t, put(objects, bytes), { code: 'STORE_FAILED', retryable: true, message: /backend|bytes|upload/ }, backend)
        if (harm.kind !== 'lose' && harm.method !== 'HEAD') t.is(await sumOf(direct), sum(old))
        proxy.harms.splice(0, 1, { ...harm, times: 1 })
        await put(objects, bytes)
        t.is(await sumOf(direct), sum(bytes))
      },
    )

  on(
    'reads that are cut, short or throttled are done again; changed bytes are for the reader to see',
    async ({ objects, proxy, direct }, t) => {
      await put(direct, small)
      for (const harm of [
        { method: 'GET', kind: 'cut', at: 1_000 },
        { method: 'GET', kind: 'short', at: 1_000 },
        { method: 'GET', kind: 'say', status: 503, code: 'SlowDown' },
        { method: 'GET', kind: 'lose' },
      ] as const) {
        proxy.harms.push({ ...harm, times: 1 })
        t.is(await sumOf(objects), sum(small), harm.kind)
      }
      proxy.harms.push({ method: 'GET', kind: 'flip', at: 7, times: 1 })
      t.not(await sumOf(objects), sum(small))
    },
  )

  on(
    'a server that does not answer costs its time limit at each try, and is given up in the end',
    async ({ proxy, direct, backend }, t) => {
      await put(direct, small)
      const clock = new SimulatedClock()
      const { objects, metrics } = await openBucket(backend, QUICK, clock)
      const tried = (outcome: string) => metrics.observed('lunarx_backend_seconds', { backend: 's3', operation: 'size', outcome }).length
      proxy.harms.push({ method: 'HEAD', kind: 'hang', times: 1 })
      t.is(await passTime(objects.size('shards/ab/a'), clock, proxy), small.length)
      t.deepEqual([tried('timeout'), tried('ok')], [1, 1])
      proxy.harms.push({ method: 'HEAD', kind: 'hang', times: ALWAYS })
      const given = passTime(objects.size('shards/ab/a'), clock, proxy)
      await failsSo(t, given, { code: 'STORE_FAILED', retryable: true, message: /time limit/ }, backend)
      t.is(tried('timeout'), 3)
      t.is(metrics.value('lunarx_backend_errors_total', { backend: 's3', operation: 'size', code: 'STORE_FAILED' }), 1)
      await objects[Symbol.asyncDispose]()
    },
  )

  on('what only a person can mend is said at once', async ({ objects, proxy, backend, metrics }, t) => {
    const keys = join(folder, `wrong-keys-${backend.bucket}`)
    const { user, password } = buckets.server
    for (const [accessKey, secretKey] of [
      [user, 'not-the-secret'],
      ['nobody-at-all', password],
    ] as const) {
      await writeKeys(keys, accessKey, secretKey)
      const { objects: wrong } = await openBucket({ ...backend, credentialsFolder: keys }, QUICK)
      const expected = { code: 'STORE_FAILED', retryable: false, message: /accessKey, secretKey/ } as const
      await failsSo(t, put(wrong, small), expected, backend)
      await failsSo(t, wrong.size('a'), expected, backend)
      await failsSo(t, wrong.read('a', new Uint8Array(1), 0), expected, backend)
      await wrong[Symbol.asyncDispose]()
    }
    const { objects: nowhere } = await openBucket({ ...backend, bucket: 'no-such-bucket' }, QUICK)
    const gone = { code: 'STORE_FAILED', retryable: false, message: /bucket is not there/ } as const
    const asks: readonly (() => Promise<unknown>)[] = [
      () => nowhere.size('a'),
      () => nowhere.read('a', new Uint8Array(1), 0),
      () => nowhere.remove('a'),
      () => nowhere.claim('a', small.slice(0, 9)),
      () => put(nowhere, small),
      async () => nowhere.list('')[Symbol.asyncIterator]().next(),
    ]
    for (const ask of asks) await failsSo(t, ask(), gone, backend)
    await nowhere[Symbol.asyncDispose]()

    proxy.harms.push({ method: 'PUT', kind: 'backdate', times: ALWAYS }, { method: 'GET', kind: 'backdate', times: ALWAYS })
    await failsSo(t, put(objects, small), { code: 'STORE_FAILED', retryable: false, message: /clock/ }, backend)
    proxy.harms.splice(0, 2, { method: 'PUT', kind: 'say', status: 507, code: 'XMinioStorageFull', times: ALWAYS })
    await failsSo(t, put(objects, small), { code: 'FULL', retryable: true, message: /full/ }, backend)
    t.is(metrics.observed('lunarx_backend_seconds', { backend: 's3', operation: 'put', outcome: 'full' }).length, 1)
    proxy.harms.splice(0, 1)
    await proxy[Symbol.asyncDispose]()
    await failsSo(t, objects.size('a'), { code: 'STORE_FAILED', retryable: true, message: /connection/ }, backend)
  })

  on('credentials that are replaced in their folder are taken up without a restart', async ({ backend }, t) => {
    const keys = join(folder, `keys-${backend.bucket}`)
    const { user, password } = buckets.server
    await writeKeys(keys, user, password)
    const { objects } = await openBucket({ ...backend, credentialsFolder: keys }, QUICK)
    await put(objects, small)
    await writeKeys(keys, user, 'a secret of tomorrow'.replaceAll(' ', '-'))
    t.is(await sumOf(objects), sum(small), 'those of before are good until the server refuses them')
    const { objects: fresh } = await openBucket({ ...backend, credentialsFolder: keys }, QUICK)
    const refused = fresh.size('a')
    await t.throwsAsync(refused, { code: 'STORE_FAILED' })
    await writeKeys(keys, user, password)
    t.is(await sumOf(fresh), sum(small), 'read again when they are refused')
    await objects[Symbol.asyncDispose]()
    await fresh[Symbol.asyncDispose]()
  })

  on('a server that takes one claim twice is not believed; what lies there already is', async ({ objects, proxy, direct, backend }, t) => {
    proxy.harms.push({ method: 'PUT', kind: 'swallow', times: 2 })
    const expected = { code: 'STORE_FAILED', retryable: false, message: /put id there by hand/ } as const
    await failsSo(t, objects.claim('id', Buffer.from('mine')), expected, backend)
    await put(direct, Buffer.from('by hand'), 'id')
    t.is(Buffer.from(await objects.claim('id', Buffer.from('mine'))).toString(), 'by hand')
  })

  on('a put that failed takes its parts back', async ({ objects, proxy, backend }, t) => {
    proxy.harms.push({ ...IN_A_PART, kind: 'cut', at: 10, times: ALWAYS })
    await t.throwsAsync(put(objects, large), { code: 'STORE_FAILED' })
    const { hostname, port } = new URL(buckets.server.url)
    const { user, password } = buckets.server
    const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey: user, secretKey: password })
    const left = []
    for await (const upload of client.listIncompleteUploads(backend.bucket, '', true)) left.push(upload)
    t.deepEqual(left, [])
  })
}

test('over TLS only a certificate of the named authorities is trusted', async (t) => {
  await using stack = new AsyncDisposableStack()
  const { path } = stack.use(await scratchFolder())
  const folders = [join(path, 'ours'), join(path, 'theirs')] as const
  for (const folder of folders) await mkdir(folder)
  const [ours, theirs] = [await makeCertificate(folders[0]), await makeCertificate(folders[1])]
  const server = stack.use(await startMinio({ folder: join(path, 'server'), drives: 1, parity: 0, tls: ours }))
  const backend = await (await Buckets.open(server, path, ours.certificate)).make()
  const { objects } = await openBucket(backend, QUICK)
  stack.use(objects)
  for (const bytes of [bytesOf('small', 300_000), bytesOf('large', 17 * MIB)]) {
    await put(objects, bytes)
    t.is(await sumOf(objects), sum(bytes))
  }
  const { caFile: _, ...unnamed } = backend
  for (const wrong of [unnamed, { ...backend, caFile: theirs.certificateFile }]) {
    const { objects: refused } = await openBucket(wrong, QUICK)
    await failsSo(t, refused.size('a'), { code: 'STORE_FAILED', retryable: false, message: /caFile/ }, backend)
    await refused[Symbol.asyncDispose]()
  }
})

test('temporary credentials with the rights that the documentation calls the least are enough, and give no more', async (t) => {
  await using stack = new AsyncDisposableStack()
  const { path } = stack.use(await scratchFolder())
  const server = stack.use(await startMinio({ folder: join(path, 'server'), drives: 1, parity: 0 }))
  const bucket = await (await Buckets.open(server, path)).make()
  const policy = (await leastRights()).replaceAll(':::shards', `:::${bucket.bucket}`)
  const role = new AssumeRoleProvider({
    stsEndpoint: server.url,
    accessKey: server.user,
    secretKey: server.password,
    policy,
    region: 'us-east-1',
  })
  const keys = await role.getCredentials()
  const credentialsFolder = join(path, 'temporary')
  await writeKeys(credentialsFolder, keys.getAccessKey(), keys.getSecretKey())
  const withoutToken = { ...bucket, prefix: 'a-network/pool-0', credentialsFolder }
  const { objects: refused } = await openBucket(withoutToken, QUICK)
  await failsSo(t, refused.size('a'), { code: 'STORE_FAILED', retryable: false, message: /accessKey/ }, bucket)
  await writeFile(join(credentialsFolder, 'sessionToken'), keys.getSessionToken() ?? '', { mode: 0o600 })
  const { objects } = await openBucket(withoutToken, QUICK)
  const { objects: root } = await openBucket({ ...withoutToken, prefix: '' }, QUICK)
  for (const one of [refused, objects, root]) stack.use(one)
  for (const bytes of [bytesOf('small', 300_000), bytesOf('large', 17 * MIB)]) {
    await put(objects, bytes)
    t.is(await sumOf(objects), sum(bytes))
  }
  t.is(await objects.size('missing'), undefined)
  t.is(await objects.read('missing', new Uint8Array(1), 0), undefined)
  const names = []
  for await (const { name } of objects.list('shards/')) names.push(name)
  t.deepEqual(names, ['shards/ab/a'])
  await objects.remove('shards/ab/a')
  t.is(Buffer.from(await root.claim('lunarx-store', Buffer.from('id'))).toString(), 'id')
  const foreign = [() => put(root, bytesOf('x', 3), 'another-network/a'), () => root.remove('lunarx-store')]
  for (const ask of foreign) await failsSo(t, ask(), { code: 'STORE_FAILED', retryable: false, message: /policy/ }, bucket)
})

async function leastRights(): Promise<string> {
  const page = await readFile(join(import.meta.dirname, '../../docs/BACKENDS.md'), 'utf8')
  return JSON.stringify(JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? ''))
}
