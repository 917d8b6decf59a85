import { signDocument, TOMBSTONE } from '@lunarx/core/document'
import { hexOf, LIMITS, LunarError, utf8, type ErasureClass, type PeerAddress } from '@lunarx/core/model'
import type { Body } from '@lunarx/net/peers'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import test, { type ExecutionContext } from 'ava'
import { collectBytes, digest, Fleet } from '../_fleet.test.ts'
import { CLASS } from '../_machines.test.ts'
import { readerOf, type Meddle } from '../_reader.test.ts'
import { encodeManifest, type ObjectVersion, type StoredSets } from '../manifest/index.ts'
import { Content, type StoredSet } from '../put/content.ts'
import { seal } from '../put/seal.ts'
import { storeSet } from '../put/store-set.ts'
import { get, type GetOptions } from './get.ts'
import { setsUnder } from './index.ts'

const never = new AbortController().signal
const MiB = 1024 * 1024
const WIDE: ErasureClass = { ...CLASS, name: '10+4', required: 10, parity: 4, survive: 2 }
const bytesOf = (length: number, seed = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)

type Reader = ReturnType<typeof readerOf>

/** Stores segments for real, as a put does. */
function writerOf({ deps }: Reader, erasureClass: ErasureClass) {
  const plan = { erasureClass, suite: 'aes-256-gcm', dataKey: deps.random.bytes(32) } as const
  const storeSegment = async (bytes: Uint8Array, index: number): Promise<StoredSet> => {
    using set = await seal({ index, bytes, isLast: false }, { ...plan, copy: 0 }, deps, never)
    const options = { signal: never, needed: set.shards.length, onReserved: async () => undefined, onSent: () => undefined }
    return { ...set, holders: (await storeSet(set, deps, options)).holders }
  }
  return { plan, storeSegment, content: new Content(plan, deps, async (bytes, index) => [await storeSegment(bytes, index)]) }
}

/** An object of these segments. */
async function objectOf(
  fleet: Fleet,
  segments: readonly Uint8Array[],
  erasureClass = CLASS,
): Promise<ObjectVersion & { content: StoredSets }> {
  const { storeSegment, content } = writerOf(readerOf(fleet, 'writer'), erasureClass)
  for (const [index, bytes] of segments.entries()) await content.add([await fleet.run(storeSegment(bytes, index))])
  const sizeBytes = segments.reduce((sum, { length }) => sum + length, 0)
  return { sizeBytes, className: erasureClass.name, storedMs: 0, content: await fleet.run(content.finish()) }
}

const read = (fleet: Fleet, version: ObjectVersion, { deps }: Reader, options: Partial<GetOptions> = {}): Promise<Uint8Array> =>
  fleet.run(collectBytes(get(version, { range: { offset: 0 }, signal: never, ...options }, deps)))

test('1 MiB from the middle of 10 GiB at 10+4: at most 2 MiB move, manifest included', async (t) => {
  const fleet = await Fleet.start({ providers: 14, classes: [WIDE] })
  const writer = readerOf(fleet, 'writer')
  const { storeSegment, content } = writerOf(writer, WIDE)
  const segmentBytes = 32 * MiB
  const [at, count] = [200, 320]
  const segment = bytesOf(segmentBytes)
  const real = await fleet.run(storeSegment(segment, at))
  // the others are named like it, and nobody has them
  for (let index = 0; index < count; index++) {
    const other = { ...real, id: nodeCrypto.sha256(utf8(`other ${index}`)), salt: writer.deps.random.bytes(16) }
    await fleet.run(content.add([index === at ? real : other]))
  }
  const version: ObjectVersion = {
    sizeBytes: count * segmentBytes,
    className: WIDE.name,
    storedMs: 0,
    content: await fleet.run(content.finish()),
  }
  t.is(version.sizeBytes, 10 * 1024 * MiB)
  const rowBytes = encodeManifest({ version: 1, name: 'ten', versions: [version] }).length
  const replicas = 3
  for (const offset of [0, 12_345_678, segmentBytes - MiB - 1]) {
    const reader = readerOf(fleet, `reader ${offset}`)
    const bytes = await read(fleet, version, reader, { range: { offset: at * segmentBytes + offset, length: MiB } })
    t.is(digest(bytes), digest(segment.subarray(offset, offset + MiB)))
    const movedBytes = reader.meddled.movedBytes + replicas * rowBytes
    t.log(`moved ${movedBytes} bytes, ${replicas * rowBytes} of them the row`)
    t.true(movedBytes <= 2 * MiB, `${movedBytes}`)
  }
})

test('the nodes of a manifest are sets like others: opened on the way to a segment, and all of them found to be buried', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const segments = Array.from({ length: 3 }, (_, i) => bytesOf(5_000 + i, i))
  const writer = readerOf(fleet, 'writer')
  const { storeSegment, content } = writerOf(writer, { ...CLASS, versions: 700 }) // so many versions leave the root no room
  const stored: string[] = []
  for (const [index, bytes] of segments.entries()) {
    const set = await fleet.run(storeSegment(bytes, index))
    stored.push(hexOf(set.id))
    await content.add([set])
  }
  const finished = await fleet.run(content.finish())
  t.is(finished.root.level, 1)
  const sizeBytes = segments.reduce((sum, { length }) => sum + length, 0)
  const version: ObjectVersion = { sizeBytes, className: CLASS.name, storedMs: 0, content: finished }
  const reader = readerOf(fleet, 'reader')
  t.is(digest(await read(fleet, version, reader)), digest(new Uint8Array(Buffer.concat(segments))))
  t.is(
    digest(await read(fleet, version, reader, { range: { offset: 5_100, length: 7 } })),
    digest(segments[1]?.subarray(100, 107) ?? new Uint8Array()),
  )
  const ids = (await fleet.run(Array.fromAsync(setsUnder(finished, reader.deps, never)))).map(hexOf)
  t.deepEqual(ids, [...stored, hexOf(finished.root.entries[0]?.id ?? new Uint8Array())])
})

/** Answers of `retrieve` from these hosts are changed. */
const lying =
  (hosts: ReadonlySet<string>, change: (answer: Retrieved, bytes: Uint8Array) => { answer: Retrieved; bytes: Uint8Array }): Meddle =>
  async ({ host }, exchange, answered) => {
    if (exchange !== 'retrieve' || !hosts.has(host)) return answered
    const { answer, bytes } = change(answered.answer as Retrieved, await collectBytes(answered.body))
    return { ...answered, answer, body: chunksOf(bytes) }
  }
interface Retrieved {
  readonly shardBytes: number
  readonly firstLeaf: number
  readonly leaves: number
  readonly path: Uint8Array[]
}
async function* chunksOf(bytes: Uint8Array): Body & AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.slice(at, at + 100_000)
}
const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1)

const LIES: Readonly<Record<string, Parameters<typeof lying>[1]>> = {
  'a flipped byte': (answer, bytes) => ({ answer, bytes: flip(bytes, bytes.length >> 1) }),
  'a body cut short': (answer, bytes) => ({ answer, bytes: bytes.subarray(0, bytes.length - 1) }),
  'a longer body': (answer, bytes) => ({ answer, bytes: new Uint8Array([...bytes, 0]) }),
  'no body': (answer) => ({ answer, bytes: new Uint8Array() }),
  'zeros instead': (answer, bytes) => ({ answer, bytes: new Uint8Array(bytes.length) }),
}
const RANGE_LIES: typeof LIES = {
  ...LIES,
  'a wrong path': (answer, bytes) => ({ answer: { ...answer, path: answer.path.map((hash) => flip(hash, 0)) }, bytes }),
  'a path cut short': (answer, bytes) => ({ answer: { ...answer, path: answer.path.slice(1) }, bytes }),
  'other leaves': (answer, bytes) => ({ answer: { ...answer, firstLeaf: answer.firstLeaf + 1 }, bytes }),
  'another length of the shard': (answer, bytes) => ({ answer: { ...answer, shardBytes: answer.shardBytes + 1 }, bytes }),
}

/** Hosts that hold the first so many data shards. */
const holdersOf = ({ root }: StoredSets, count: number): Set<string> =>
  new Set((root.entries[0]?.holders ?? []).slice(0, count).flatMap((place) => root.holders[place]?.host ?? []))

async function provesLies(
  t: ExecutionContext,
  lies: typeof LIES,
  range: { offset: number; length?: number },
  /** What they give is caught before it is used; else it is told from the tags. */
): Promise<void> {
  const fleet = await Fleet.start({ providers: 6 })
  const object = bytesOf(900_000)
  const version = await objectOf(fleet, [object])
  const expected = object.subarray(range.offset, range.length === undefined ? undefined : range.offset + range.length)
  for (const [name, change] of Object.entries(lies))
    for (const liars of [1, 2, 3]) {
      const reader = readerOf(fleet, `${name} ${liars}`)
      reader.meddled.meddle = lying(holdersOf(version.content, liars), change)
      const reading = read(fleet, version, reader, { range })
      if (liars <= CLASS.parity) t.is(digest(await reading), digest(expected), `${name} by ${liars}`)
      else await t.throwsAsync(reading, { code: 'TOO_FEW_SHARDS' }, name)
    }
}

test('whole shards that are not what they should be: the next are taken, never a wrong byte', async (t) => {
  await provesLies(t, LIES, { offset: 0 })
})

test('leaves that are not what they should be: decoded from those of k others, never a wrong byte', async (t) => {
  await provesLies(t, RANGE_LIES, { offset: 10_000, length: 270_000 })
})

test('the leaves of another shard, with their own right path, are not taken', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const object = bytesOf(900_000)
  const version = await objectOf(fleet, [object])
  const reader = readerOf(fleet, 'reader')
  const kept: { answer: Retrieved; bytes: Uint8Array }[] = []
  reader.meddled.meddle = lying(holdersOf(version.content, 4), (answer, bytes) => {
    kept.push({ answer, bytes })
    const before = kept.find((one) => one.answer.firstLeaf === answer.firstLeaf && one.bytes.length === bytes.length)
    return before ?? { answer, bytes } // the first of each span is right, the others get a copy of it
  })
  const range = { offset: 0, length: 300_000 }
  await t.throwsAsync(read(fleet, version, reader, { range }), { code: 'TOO_FEW_SHARDS' })
})

test('a provider that stalls in the middle is passed by after what the others took, and asked last from then on', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const segments = [bytesOf(2_000_000, 1), bytesOf(2_000_000, 2), bytesOf(2_000_000, 3)]
  const version = await objectOf(fleet, segments)
  const reader = readerOf(fleet, 'reader')
  const [stalled = ''] = holdersOf(version.content, 1)
  let cuts = 0
  reader.meddled.meddle = async ({ host }: PeerAddress, exchange, answered, { signal }) => {
    if (exchange !== 'retrieve' || host !== stalled) return answered
    signal?.addEventListener('abort', () => cuts++, { once: true })
    async function* stall(): Body & AsyncGenerator<Uint8Array> {
      for await (const chunk of answered.body) {
        yield chunk.subarray(0, 1_000)
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new LunarError('ABORTED', 'cut')), { once: true }))
      }
    }
    return { ...answered, body: stall() }
  }
  const since = fleet.machines.clock.elapsed()
  t.is(digest(await read(fleet, version, reader)), digest(new Uint8Array(Buffer.concat(segments))))
  t.true(fleet.machines.clock.elapsed() - since < 3_000, `${fleet.machines.clock.elapsed() - since} ms`)
  const asked = reader.meddled.asked.filter(({ exchange }) => exchange === 'retrieve')
  t.is(cuts, 1, 'cut once, when others had given enough')
  t.is(asked.filter(({ host }) => host === stalled).length, 1, 'not asked again for the segments that follow')
  t.is(asked.length, 3 * CLASS.required + 1, 'one shard more than needed, for one laggard')
  // and the same for a range
  const part = readerOf(fleet, 'part')
  part.meddled.meddle = reader.meddled.meddle
  t.is(
    digest(await read(fleet, version, part, { range: { offset: 0, length: 300_000 } })),
    digest(segments[0]?.subarray(0, 300_000) ?? new Uint8Array()),
  )
})

test('a tracker that calls a set buried, or refuses, cannot deny a read; the tombstone of the owner can', async (t) => {
  const fleet = await Fleet.start({ providers: 6, trackers: 3 })
  const object = bytesOf(300_000)
  const version = await objectOf(fleet, [object])
  const segment = version.content.root.entries[0]?.id ?? new Uint8Array()
  const tombstone = (by: Uint8Array, owner?: Uint8Array) => {
    const key = nodeCrypto.signKey(by)
    return signDocument(TOMBSTONE, { network: fleet.machines.config.network, owner: owner ?? key.publicKey, segment, deletedMs: 1 }, key)
  }
  const stranger = new Uint8Array(32).fill(9)
  const lies = {
    'no tombstone': [],
    'a stranger’s': [tombstone(stranger)],
    'a stranger’s in the name of the owner': [tombstone(stranger, version.content.owner)],
  }
  const gone = { segment, known: false, record: null, buried: true, holders: new Uint8Array() }
  // without hints, so that the trackers are all there is
  const bare = { ...version, content: { ...version.content, root: { ...version.content.root, holders: [] } } }
  for (const [name, tombstones] of Object.entries(lies)) {
    const reader = readerOf(fleet, name)
    let told = 0
    reader.meddled.meddle = (_to, exchange, answered) =>
      exchange === 'locate' && told++ === 0 ? { ...answered, answer: { providers: [], found: [{ ...gone, tombstones }] } } : answered
    t.is(digest(await read(fleet, bare, reader)), digest(object), name)
    t.true(told > 1)
  }
  const refused = readerOf(fleet, 'refused')
  let refusals = 0
  refused.meddled.meddle = (_to, exchange, answered) => {
    if (exchange === 'locate' && refusals++ === 0) throw new LunarError('TOMBSTONED', 'gone')
    return answered
  }
  t.is(digest(await read(fleet, bare, refused)), digest(object))

  const { deps } = readerOf(fleet, 'owner')
  const document = signDocument(
    TOMBSTONE,
    { network: fleet.machines.config.network, owner: deps.keys.identity.publicKey, segment, deletedMs: 1 },
    deps.keys.identity,
  )
  const told = readerOf(fleet, 'told')
  told.meddled.meddle = (_to, exchange, answered) =>
    exchange === 'locate' ? { ...answered, answer: { providers: [], found: [{ ...gone, tombstones: [document] }] } } : answered
  await t.throwsAsync(read(fleet, version, told), { code: 'TOMBSTONED' })
})

test('progress goes up to the end, and chunks belong to the caller: nothing writes to them again', async (t) => {
  const fleet = await Fleet.start({ providers: 6 })
  const segments = [bytesOf(3_000_000, 1), bytesOf(2_500_000, 2)]
  const version = await objectOf(fleet, segments)
  const { deps } = readerOf(fleet, 'reader')
  const seen: number[] = []
  const onProgress = ({ readBytes, totalBytes }: { readBytes: number; totalBytes: number }): void => {
    t.is(totalBytes, 5_499_000)
    seen.push(readBytes)
  }
  const chunks = await fleet.run(Array.fromAsync(get(version, { range: { offset: 1_000 }, signal: never, onProgress }, deps)))
  t.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  t.is(seen.at(-1), 5_499_000)
  t.true(chunks.every((chunk) => chunk.length <= MiB && chunk.byteLength === chunk.buffer.byteLength))
  t.is(digest(new Uint8Array(Buffer.concat(chunks))), digest(new Uint8Array(Buffer.concat(segments)).subarray(1_000)))
  t.true(LIMITS.segmentBytes > 3_000_000)
})
