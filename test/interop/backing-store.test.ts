/**
 * Which store is this? Asked of a real MinIO, as providers ask at their start: by two addresses, from two folders, of two buckets.
 */
import { join } from 'node:path'
import test from 'ava'
import type { S3Backend } from '@lunarx/core/membership'
import { nameBackingStore } from '@lunarx/provider'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SystemRandom } from '@lunarx/runtime/random'
import { startMinio } from '../../hack/servers/minio.ts'
import { Buckets, openBucket } from '../conformance/objects-s3.ts'
import { scratchFolder } from './scratch.ts'

const opened = new AsyncDisposableStack()
let buckets: Buckets
test.before(async () => {
  const { path } = opened.use(await scratchFolder())
  buckets = await Buckets.open(opened.use(await startMinio({ folder: join(path, 'server'), drives: 1, parity: 0 })), path)
})
test.after.always(() => opened.disposeAsync())

async function ask(backend: S3Backend): Promise<string> {
  const { objects } = await openBucket({ ...backend, prefix: '' })
  await using root = objects
  return await nameBackingStore(root, { random: new SystemRandom(), crypto })
}

test('a bucket that is reached by two names is one store; another bucket is another', async (t) => {
  const bucket = await buckets.make()
  const byName = { ...bucket, endpoint: bucket.endpoint.replace('127.0.0.1', 'localhost') }
  t.not(byName.endpoint, bucket.endpoint)
  const answers = await Promise.all([bucket, byName, { ...bucket, prefix: 'fleet/pool-0' }, byName, bucket].map(ask))
  t.regex(answers[0] ?? '', /^[0-9a-f]{32}$/)
  t.is(new Set(answers).size, 1)
  t.not(await ask(await buckets.make()), answers[0])
})

test('two buckets that fail together are one store for whoever puts the same id object into both', async (t) => {
  const [first, second] = [await buckets.make(), await buckets.make()]
  const store = await ask(first)
  const { objects: from } = await openBucket(first)
  const { objects: to } = await openBucket(second)
  const id = new Uint8Array(64)
  const size = await from.read('lunarx-store', id, 0)
  await to.claim('lunarx-store', id.subarray(0, size))
  t.is(await ask(second), store)
  await from[Symbol.asyncDispose]()
  await to[Symbol.asyncDispose]()
})
