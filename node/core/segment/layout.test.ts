import test from 'ava'
import * as fc from 'fast-check'
import { LIMITS } from '../model/index.ts'
import { segmentBytesFor, segmentLayout, sharesOf } from './index.ts'

const frame = LIMITS.frameBytes
const share = LIMITS.shareBytes
const code = fc.oneof(
  fc.constantFrom({ required: 4, parity: 2 }, { required: 10, parity: 4 }, { required: 17, parity: 3 }, { required: 16, parity: 4 }),
  fc
    .integer({ min: 1, max: 254 })
    .chain((required) => fc.record({ required: fc.constant(required), parity: fc.integer({ min: 1, max: 255 - required }) })),
)
const near = (...points: number[]) =>
  fc.constantFrom(...points).chain((point) => fc.integer({ min: Math.max(1, point - 20), max: Math.min(LIMITS.segmentBytes, point + 20) }))
const size = fc.oneof(
  fc.integer({ min: 1, max: LIMITS.segmentBytes }),
  near(1, share, frame, 4 * share, 10 * share, 3 * frame, LIMITS.segmentBytes),
)

test('sealed bytes fill the data shards to the last byte, with the least padding', (t) => {
  fc.assert(
    fc.property(code, size, ({ required, parity }, plaintextBytes) => {
      const layout = segmentLayout({ required, parity, plaintextBytes })
      const lastFrame = layout.paddedBytes - (layout.frames - 1) * frame
      return (
        layout.sealedBytes === required * layout.dataShardBytes &&
        layout.sealedBytes === layout.paddedBytes + 16 * layout.frames &&
        lastFrame > 0 &&
        lastFrame <= frame &&
        layout.paddedBytes >= plaintextBytes &&
        layout.paddedBytes < plaintextBytes + 2 * required + 17 &&
        layout.shardBytes === layout.dataShardBytes + 16 * layout.watermarks &&
        16 * layout.watermarks <= layout.dataShardBytes / 100 &&
        layout.lastShareBytes >= 1 &&
        layout.lastShareBytes <= share
      )
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('no less padding would do', (t) => {
  const isLayout = (padded: number, required: number): boolean => (padded + 16 * Math.ceil(padded / frame)) % required === 0
  fc.assert(
    fc.property(code, size, ({ required, parity }, plaintextBytes) => {
      const { paddedBytes } = segmentLayout({ required, parity, plaintextBytes })
      for (let padded = plaintextBytes; padded < paddedBytes; padded++) if (isLayout(padded, required)) return false
      return isLayout(paddedBytes, required)
    }),
    { numRuns: 500 },
  )
  t.pass()
})

test('shares cover every sealed byte once, and every byte of every data shard', (t) => {
  fc.assert(
    fc.property(code, fc.oneof(fc.integer({ min: 1, max: 3_000_000 }), near(1, share, frame)), ({ required, parity }, plaintextBytes) => {
      const layout = segmentLayout({ required, parity, plaintextBytes })
      const filled = Array.from({ length: required }, () => 0)
      let sealedAt = 0
      for (const { shard, sealedAt: from, cipherAt, bytes } of sharesOf(layout, 0, layout.sealedBytes)) {
        if (from !== sealedAt || bytes < 1 || cipherAt !== filled[shard]) return false
        filled[shard] = cipherAt + bytes
        sealedAt += bytes
      }
      return sealedAt === layout.sealedBytes && filled.every((bytes) => bytes === layout.dataShardBytes)
    }),
  )
  t.pass()
})

test('segments keep within their limit in flight', (t) => {
  t.is(segmentBytesFor({ required: 10, parity: 4 }), 32 * 1024 * 1024)
  t.is(segmentBytesFor({ required: 2, parity: 5 }), 32 * 1024 * 1024)
  t.is(segmentBytesFor({ required: 2, parity: 6 }), 28 * 1024 * 1024)
})

test('sizes and codes that cannot be are programmer errors', (t) => {
  for (const plaintextBytes of [0, -1, 1.5, LIMITS.segmentBytes + 1])
    t.throws(() => segmentLayout({ required: 4, parity: 2, plaintextBytes }), { instanceOf: RangeError })
  for (const [required, parity] of [
    [0, 1],
    [1, 0],
    [200, 56],
  ] as const)
    t.throws(() => segmentLayout({ required, parity, plaintextBytes: 1 }), { instanceOf: RangeError })
})
