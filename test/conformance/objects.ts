/**
 * What every backend must do: memory, buckets and HDFS are interchangeable.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { OBJECT_LIMITS, type Objects } from '@lunarx/runtime/objects'
import type { ExecutionContext, TestFn } from 'ava'

export interface ObjectsFixture extends AsyncDisposable {
  /** Empty at first. */
  readonly objects: Objects
  /** Another user of the same store. */
  readonly others: Objects
}

const MIB = 1024 * 1024
/** More than two parts of a multipart upload, and a block of HDFS. */
const LARGE_BYTES = 16 * MIB + 12_345
const ABORTED = new Error('the test aborts')

/** Always the same for a seed. */
const bytesOf = (seed: string, sizeBytes: number): Uint8Array =>
  sizeBytes === 0 ? new Uint8Array() : Uint8Array.from(createHash('shake256', { outputLength: sizeBytes }).update(seed).digest())

/** Bytes as a text: two texts are compared in no time, and told apart in a message. */
const sum = (bytes: Uint8Array | undefined): string =>
  bytes ? `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}` : 'nothing'

async function* inChunks(bytes: Uint8Array, chunkBytes = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes)
}

const put = (objects: Objects, name: string, bytes: Uint8Array): Promise<void> => objects.put(name, bytes.length, () => inChunks(bytes))

/** undefined: there is none. */
async function readAll(objects: Objects, name: string): Promise<Uint8Array | undefined> {
  const size = await objects.size(name)
  if (size === undefined) return undefined
  const into = new Uint8Array(size + 1)
  const read = await objects.read(name, into, 0)
  return read === undefined ? undefined : into.subarray(0, read)
}

async function namesIn(objects: Objects, prefix: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of objects.list(prefix)) names.push(name)
  return names.toSorted()
}

/** @param manyNames more than fit a page, for the listing; fewer where each costs much */
export function objectsConformance(
  test: TestFn,
  name: string,
  makeFixture: () => Promise<ObjectsFixture>,
  { manyNames = OBJECT_LIMITS.pageNames + 5 } = {},
): void {
  const on = (title: string, body: (fixture: ObjectsFixture, t: ExecutionContext) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      await using fixture = await makeFixture()
      await body(fixture, t)
    })
  }

  on('gives back what was put, of any size', async ({ objects, others }, t) => {
    for (const sizeBytes of [0, 1, 65_537, LARGE_BYTES]) {
      const bytes = bytesOf('any', sizeBytes)
      await put(objects, `shards/ab/size.${sizeBytes}`, bytes)
      t.is(await others.size(`shards/ab/size.${sizeBytes}`), sizeBytes)
      t.is(sum(await readAll(others, `shards/ab/size.${sizeBytes}`)), sum(bytes))
    }
  })

  on('reads ranges at odd places, less at the end, nothing behind it', async ({ objects }, t) => {
    const bytes = bytesOf('ranges', 3 * MIB + 7)
    await put(objects, 'a', bytes)
    for (const [position, length] of [
      [0, 1],
      [1, 99_999],
      [MIB - 1, 2],
      [bytes.length - 1, 1],
      [bytes.length - 10, 4_096],
      [bytes.length, 1],
      [bytes.length + 5, 10],
      [17, 0],
    ] as const) {
      const into = new Uint8Array(length)
      const expected = bytes.subarray(position, position + length)
      t.is(await objects.read('a', into, position), expected.length, `${position} ${length}`)
      t.is(sum(into.subarray(0, expected.length)), sum(expected), `${position} ${length}`)
    }
  })

  on('reads the end of what may be shorter, and says how long the whole is', async ({ objects }, t) => {
    for (const sizeBytes of [0, 1, 99_999, 100_000, 100_001, 3 * MIB + 7]) {
      const bytes = bytesOf(`end ${sizeBytes}`, sizeBytes)
      await put(objects, 'a', bytes)
      const into = new Uint8Array(100_000)
      const expected = bytes.subarray(Math.max(0, sizeBytes - into.length))
      t.deepEqual(await objects.readEnd('a', into), { sizeBytes, readBytes: expected.length })
      t.is(sum(into.subarray(0, expected.length)), sum(expected), `${sizeBytes}`)
    }
    t.is(await objects.readEnd('missing', new Uint8Array(1)), undefined)
    await t.throwsAsync(async () => objects.readEnd('a', new Uint8Array()), { instanceOf: RangeError })
  })

  on('tells what is not there from a failure', async ({ objects }, t) => {
    t.is(await objects.size('missing'), undefined)
    t.is(await objects.read('missing', new Uint8Array(4), 0), undefined)
    t.is(await objects.read('missing', new Uint8Array(0), 0), undefined)
    t.deepEqual(await namesIn(objects, 'missing/'), [])
    await objects.remove('missing')
  })

  on('replaces as a whole, by shorter, longer and empty ones', async ({ objects, others }, t) => {
    for (const sizeBytes of [9 * MIB, 100, 5_000, 0, 10]) {
      const bytes = bytesOf(`replace ${sizeBytes}`, sizeBytes)
      await put(objects, 'shards/00/a', bytes)
      t.is(sum(await readAll(others, 'shards/00/a')), sum(bytes))
    }
  })

  on('what is read while it is replaced is one or the other', async ({ objects, others }, t) => {
    const [old, young] = [bytesOf('old', 300_000), bytesOf('young', 300_000)]
    await put(objects, 'a', old)
    const replacing = put(objects, 'a', young)
    for (let i = 0; i < 5; i++) {
      t.true([sum(old), sum(young)].includes(sum(await readAll(others, 'a'))))
    }
    await replacing
    t.is(sum(await readAll(others, 'a')), sum(young))
  })

  on('removes, also twice', async ({ objects, others }, t) => {
    await put(objects, 'shards/00/a', bytesOf('removed', 10))
    await put(objects, 'shards/00/b', bytesOf('kept', 10))
    await objects.remove('shards/00/a')
    await others.remove('shards/00/a')
    t.is(await others.size('shards/00/a'), undefined)
    t.deepEqual(await namesIn(objects, 'shards/00/'), ['shards/00/b'])
  })

  on('lists the names below a folder, with their sizes, page by page', async ({ objects }, t) => {
    const many = Array.from({ length: manyNames }, (_, i) => `shards/ab/${i.toString(16).padStart(8, '0')}.1`)
    await put(objects, 'shards/ac/x', bytesOf('x', 3))
    await put(objects, 'shards/ab0', bytesOf('y', 3))
    for (let at = 0; at < many.length; at += 32)
      await Promise.all(many.slice(at, at + 32).map((name) => put(objects, name, bytesOf(name, 2))))
    t.deepEqual(await namesIn(objects, 'shards/ab/'), many)
    t.deepEqual(await namesIn(objects, ''), [...many, 'shards/ab0', 'shards/ac/x'].toSorted())
    const sized = []
    for await (const object of objects.list('shards/ac/')) sized.push(object)
    t.deepEqual(sized, [{ name: 'shards/ac/x', sizeBytes: 3 }])
  })

  on('nothing is visible of a put whose bytes break off, that has too few or too many, or is aborted', async ({ objects, others }, t) => {
    const bytes = bytesOf('broken', LARGE_BYTES)
    const broken = new Error('the source broke')
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* inChunks(bytes.subarray(0, 12 * MIB))
      throw broken
    }
    await t.throwsAsync(objects.put('a', bytes.length, breaking), { is: broken })
    await t.throwsAsync(
      objects.put('a', bytes.length + 1, () => inChunks(bytes)),
      { code: 'STORE_FAILED' },
    )
    await t.throwsAsync(
      objects.put('a', bytes.length - 1, () => inChunks(bytes)),
      { code: 'STORE_FAILED' },
    )
    const stop = new AbortController()
    async function* aborting(): AsyncGenerator<Uint8Array> {
      yield* inChunks(bytes.subarray(0, 12 * MIB))
      stop.abort(ABORTED)
      yield* inChunks(bytes.subarray(12 * MIB))
    }
    await t.throwsAsync(objects.put('a', bytes.length, aborting, stop.signal), { is: ABORTED })
    t.is(await others.size('a'), undefined)
    t.deepEqual(await namesIn(others, ''), [])
  })

  on('an interrupted put leaves the object of before', async ({ objects, others }, t) => {
    const old = bytesOf('old', 100_000)
    await put(objects, 'a', old)
    const stop = new AbortController()
    async function* aborting(): AsyncGenerator<Uint8Array> {
      yield bytesOf('young', 50_000)
      stop.abort(ABORTED)
      yield bytesOf('young', 50_000)
    }
    await t.throwsAsync(objects.put('a', 100_000, aborting, stop.signal), { is: ABORTED })
    t.is(sum(await readAll(others, 'a')), sum(old))
  })

  on('of many who claim a name, all get the same answer, and later ones too', async ({ objects, others }, t) => {
    const claims = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? objects : others).claim('id', bytesOf(`claim ${i}`, 16))))
    for (const claimed of claims) t.deepEqual(claimed, claims[0])
    t.deepEqual(await others.claim('id', bytesOf('late', 16)), claims[0])
    t.is(sum(await readAll(objects, 'id')), sum(claims[0]))
  })

  on('refuses names that could mean something else, and takes them for nothing in listings', async ({ objects }, t) => {
    const tricks = [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      '../a',
      'a/../b',
      'a/./b',
      '.a',
      'a\\b',
      'a\0b',
      'a b',
      'A',
      'ä',
      'a?b',
      'a%2fb',
      'a\n',
    ]
    for (const trick of [...tricks, 'a'.repeat(101), Array.from({ length: 9 }, () => 'a').join('/')]) {
      await t.throwsAsync(async () => put(objects, trick, bytesOf('x', 1)), { instanceOf: RangeError }, trick)
      await t.throwsAsync(async () => objects.read(trick, new Uint8Array(1), 0), { instanceOf: RangeError }, trick)
      await t.throwsAsync(async () => objects.readEnd(trick, new Uint8Array(1)), { instanceOf: RangeError }, trick)
      await t.throwsAsync(async () => objects.size(trick), { instanceOf: RangeError }, trick)
      await t.throwsAsync(async () => objects.remove(trick), { instanceOf: RangeError }, trick)
      await t.throwsAsync(async () => objects.claim(trick, new Uint8Array(1)), { instanceOf: RangeError }, trick)
    }
    for (const trick of ['/', '../', 'a', 'a//', '/a/'])
      await t.throwsAsync(async () => namesIn(objects, trick), { instanceOf: RangeError }, trick)
    await t.throwsAsync(async () => objects.put('a', -1, () => inChunks(new Uint8Array(1))), { instanceOf: RangeError })
    await t.throwsAsync(async () => objects.put('a', OBJECT_LIMITS.objectBytes + 1, () => inChunks(new Uint8Array(1))), {
      instanceOf: RangeError,
    })
    await t.throwsAsync(async () => objects.read('a', new Uint8Array(1), -1), { instanceOf: RangeError })
    await t.throwsAsync(async () => objects.claim('a', new Uint8Array(OBJECT_LIMITS.claimBytes + 1)), { instanceOf: RangeError })
    t.deepEqual(await namesIn(objects, ''), [])
  })

  on('states its free bytes, or that it does not know', async ({ objects }, t) => {
    const freeBytes = await objects.freeBytes()
    t.true(freeBytes === undefined || freeBytes > 0)
  })

  on('ends what is under way when it is closed', async ({ objects, others }, t) => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield bytesOf('x', 10)
      await objects[Symbol.asyncDispose]()
      yield bytesOf('x', 10)
    }
    await t.throwsAsync(objects.put('a', 20, endless), { code: 'ABORTED' })
    await t.throwsAsync(objects.size('a'), { code: 'ABORTED' })
    t.is(await others.size('a'), undefined)
  })
}
