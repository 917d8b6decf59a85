import { nodeCrypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import * as fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { equalBytes, itemAt, LIMITS } from '../model/index.ts'
import { watermarkOffset, watermarkPlaces } from '../watermark/index.ts'
import { openRange, openSegment, sealSegment, segmentLayout, shardRanges, type SealSecrets, type SegmentLayout } from './index.ts'

const engines = { crypto: nodeCrypto, erasure: await loadErasureEngine() }
const seedsOf = (name: string): Uint8Array[] => Array.from({ length: 8 }, (_, slot) => stream(`${name} ${slot}`, 32))
const secretsOf = (name: string, segmentIndex = 0): SealSecrets => ({
  suite: 'aes-256-gcm',
  dataKey: stream(`${name} key`, 32),
  salt: stream(`${name} salt`, 16),
  segmentIndex,
  positionSeeds: seedsOf(`${name} position`),
  codeSeeds: seedsOf(`${name} code`),
})

async function sealed(required: number, parity: number, plaintextBytes: number, secrets = secretsOf('object')) {
  const layout = segmentLayout({ required, parity, plaintextBytes })
  const plaintext = stream(`plaintext ${plaintextBytes}`, plaintextBytes)
  return { layout, plaintext, secrets, ...(await sealSegment(plaintext, layout, secrets, engines)) }
}

const keep = (shards: readonly Uint8Array[], kept: (index: number) => boolean): (Uint8Array | undefined)[] =>
  shards.map((shard, index) => (kept(index) ? shard : undefined))

const share = LIMITS.shareBytes
const shapes: readonly (readonly [required: number, parity: number])[] = [
  [1, 1],
  [2, 1],
  [4, 2],
  [10, 4],
  [17, 3],
  [29, 51],
]
for (const [required, parity] of shapes)
  test(`${required}+${parity}: what was sealed opens from the data shards, and from any k`, async (t) => {
    const sizes = [
      1,
      15,
      16,
      share - 1,
      share,
      share * required - 1,
      share * required,
      share * required + 1,
      LIMITS.frameBytes - 16,
      LIMITS.frameBytes,
      LIMITS.frameBytes + 1,
    ]
    for (const size of sizes) {
      const { shards, layout, plaintext, secrets } = await sealed(required, parity, size)
      t.is(shards.length, required + parity)
      t.true(shards.every((shard) => shard.length === layout.shardBytes))
      const dropped = Math.min(required, parity)
      for (const kept of [
        () => true,
        (index: number) => index < required,
        (index: number) => index >= dropped && index < required + dropped,
      ])
        t.true(equalBytes(await openSegment(keep(shards, kept), layout, secrets, engines), plaintext), `${size} bytes`)
    }
  })

test('several MiB open from every pair of lost shards', async (t) => {
  const { shards, layout, plaintext, secrets } = await sealed(4, 2, 2 * 1024 * 1024 + 3)
  for (let a = 0; a < 6; a++)
    for (let b = a + 1; b < 6; b++)
      t.is(
        Buffer.compare(
          await openSegment(
            keep(shards, (index) => index !== a && index !== b),
            layout,
            secrets,
            engines,
          ),
          plaintext,
        ),
        0,
      )
})

test('with the data shards at hand nothing is decoded', async (t) => {
  const { shards, layout, plaintext, secrets } = await sealed(4, 2, 100_000)
  const erasure = { name: 'none', code: () => t.fail('asked for a code'), buffers: () => t.fail('asked for buffers') }
  t.true(equalBytes(await openSegment(shards, layout, secrets, { crypto: nodeCrypto, erasure }), plaintext))
})

test('fewer than k shards are TOO_FEW_SHARDS', async (t) => {
  const { shards, layout, secrets } = await sealed(4, 2, 1000)
  await t.throwsAsync(
    openSegment(
      keep(shards, (index) => index > 2),
      layout,
      secrets,
      engines,
    ),
    { code: 'TOO_FEW_SHARDS' },
  )
})

test('every flipped byte of ciphertext is WRONG_KEY, and no byte of a watermark matters to a reader', async (t) => {
  const { shards, layout, plaintext, secrets } = await sealed(4, 2, 30_000)
  const places = watermarkPlaces(layout.dataShardBytes, secrets.positionSeeds, nodeCrypto)
  t.is(places.length, 4)
  const watermarks = new Set(places.flatMap((_, region) => Array.from({ length: 16 }, (_, i) => watermarkOffset(places, region) + i)))
  const anywhere = fc.record({
    index: fc.nat({ max: 3 }),
    at: fc.oneof(fc.nat({ max: layout.shardBytes - 1 }), fc.constantFrom(...watermarks)),
  })
  await fc.assert(
    fc.asyncProperty(anywhere, async ({ index, at }) => {
      const changed = shards.map((shard, i) => (i === index ? shard.map((byte, j) => (j === at ? byte ^ 0x04 : byte)) : shard))
      const opened = await openSegment(changed, layout, secrets, engines).catch((error: unknown) => error)
      return watermarks.has(at) ? equalBytes(opened as Uint8Array, plaintext) : (opened as { code?: string }).code === 'WRONG_KEY'
    }),
  )
  t.pass()
})

test('a wrong parity shard never yields wrong plaintext', async (t) => {
  const { shards, layout, secrets } = await sealed(4, 2, 30_000)
  const changed = [undefined, ...shards.slice(1, 5), undefined].map((shard, index) =>
    index === 4 ? shard?.map((byte) => byte ^ 1) : shard,
  )
  await t.throwsAsync(openSegment(changed, layout, secrets, engines), { code: 'WRONG_KEY' })
})

test('other keys, salts, places in the object, position seeds and lengths are WRONG_KEY', async (t) => {
  const { shards, layout, secrets } = await sealed(4, 2, 100_000)
  const others: Partial<SealSecrets>[] = [
    { dataKey: stream('other', 32) },
    { salt: stream('other', 16) },
    { segmentIndex: 1 },
    { positionSeeds: seedsOf('other') },
  ]
  for (const other of others)
    await t.throwsAsync(openSegment(shards, layout, { ...secrets, ...other }, engines), { code: 'WRONG_KEY' }, Object.keys(other).join())
  const longer = segmentLayout({ required: 4, parity: 2, plaintextBytes: layout.paddedBytes === 100_000 ? 99_999 : layout.paddedBytes })
  t.is(longer.shardBytes, layout.shardBytes)
  await t.throwsAsync(openSegment(shards, longer, secrets, engines), { code: 'WRONG_KEY' }, 'plaintextBytes')
})

test('shards swapped in their set, taken from another segment or another object, are WRONG_KEY', async (t) => {
  const one = await sealed(4, 2, 100_000)
  const nextSegment = await sealed(4, 2, 100_000, { ...secretsOf('object', 1), salt: stream('next salt', 16) })
  const sameSalt = await sealed(4, 2, 100_000, secretsOf('object', 1))
  const otherObject = await sealed(4, 2, 100_000, secretsOf('other'))
  const open = async (shards: readonly Uint8Array[]) => await openSegment(shards, one.layout, one.secrets, engines)
  const [a, b, c, d] = one.shards as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  await t.throwsAsync(open([b, a, c, d]), { code: 'WRONG_KEY' })
  for (const other of [nextSegment, sameSalt, otherObject]) {
    await t.throwsAsync(open(other.shards), { code: 'WRONG_KEY' })
    await t.throwsAsync(open([a, b, c, itemAt(other.shards, 3)]), { code: 'WRONG_KEY' })
  }
})

test('frames in another order are WRONG_KEY', async (t) => {
  const frame = LIMITS.frameBytes + 16
  const { shards, layout, secrets } = await sealed(1, 1, 3 * LIMITS.frameBytes, { ...secretsOf('object') })
  const places = watermarkPlaces(layout.dataShardBytes, secrets.positionSeeds, nodeCrypto)
  const cipher = new Uint8Array(layout.dataShardBytes)
  const shard = itemAt(shards, 0)
  let at = 0
  for (let i = 0; i < shard.length; i++) {
    const isWatermark = places.some((_, region) => i >= watermarkOffset(places, region) && i < watermarkOffset(places, region) + 16)
    if (!isWatermark) cipher[at++] = shard[i] ?? 0
  }
  const join = (order: readonly number[]): Uint8Array => Buffer.concat(order.map((i) => cipher.subarray(i * frame, (i + 1) * frame)))
  const bare: SegmentLayout = { ...layout, watermarks: 0, shardBytes: layout.dataShardBytes }
  const open = async (bytes: Uint8Array) => {
    const withMarks = new Uint8Array(layout.shardBytes)
    let from = 0
    for (const [region, place] of [...places, bare.shardBytes].entries()) {
      withMarks.set(bytes.subarray(from, place), from + region * 16)
      from = place
    }
    return await openSegment([withMarks, undefined], layout, secrets, engines)
  }
  t.is((await open(join([0, 1, 2]))).length, layout.plaintextBytes)
  for (const order of [
    [1, 0, 2],
    [0, 2, 1],
    [0, 0, 2],
    [0, 1, 1],
  ])
    await t.throwsAsync(open(join(order)), { code: 'WRONG_KEY' }, order.join())
})

test('the same segment sealed again under another salt has nothing in common with the first', async (t) => {
  const one = await sealed(4, 2, 100_000)
  const two = await sealed(4, 2, 100_000, { ...secretsOf('again'), dataKey: one.secrets.dataKey })
  for (const [index, shard] of one.shards.entries()) {
    const same = shard.filter((byte, i) => byte === two.shards[index]?.[i]).length
    t.true(same < shard.length / 100)
  }
})

test('a range opens from the bytes that shardRanges names, and from nothing less', async (t) => {
  const made = await Promise.all([sealed(4, 2, 1_000_000), sealed(10, 4, 700_001), sealed(3, 1, LIMITS.frameBytes * 2), sealed(2, 2, 5)])
  const input = fc
    .constantFrom(...made)
    .chain((set) => fc.tuple(fc.constant(set), fc.nat({ max: set.plaintext.length - 1 }), fc.nat({ max: set.plaintext.length - 1 })))
  await fc.assert(
    fc.asyncProperty(input, async ([{ layout, secrets, plaintext, shards }, a, b]) => {
      const range = { from: Math.min(a, b), until: Math.max(a, b) + 1 }
      const ranges = shardRanges(layout, watermarkPlaces(layout.dataShardBytes, secrets.positionSeeds, nodeCrypto), range)
      const pieces = shards.map((shard, index) => {
        const asked = ranges.find(({ shard }) => shard === index)
        return asked && { at: asked.from, bytes: shard.slice(asked.from, asked.until) }
      })
      const opened = await openRange(range, pieces, layout, secrets, engines)
      const last = itemAt(ranges, ranges.length - 1)
      const short = pieces.map((piece, index) => (piece && index === last.shard ? { ...piece, bytes: piece.bytes.slice(0, -1) } : piece))
      const refused = await openRange(range, short, layout, secrets, engines).catch((error: unknown) => error)
      return equalBytes(opened, plaintext.subarray(range.from, range.until)) && refused instanceof RangeError
    }),
    { numRuns: 60 },
  )
  t.pass()
})

test('a small range needs little: 1 MiB of a full segment at 10+4 within 1.6 MiB', (t) => {
  const layout = segmentLayout({ required: 10, parity: 4, plaintextBytes: LIMITS.segmentBytes })
  const places = watermarkPlaces(layout.dataShardBytes, seedsOf('range'), nodeCrypto)
  for (const from of [0, 1, 300_000, 20_000_000, LIMITS.segmentBytes - 1_048_576]) {
    const moved = shardRanges(layout, places, { from, until: from + 1_048_576 }).reduce((sum, { from, until }) => sum + until - from, 0)
    t.true(moved <= 1.6 * 1_048_576, `${moved} bytes from ${from}`)
  }
})
