import { nodeCrypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import * as fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { equalBytes, itemAt } from '../model/index.ts'
import { cipherRuns, injectInto, injectWatermarks, regionCodes, shardOffset, stripInto, watermarkOffset, watermarkPlaces } from './index.ts'

const seeds = Array.from({ length: 8 }, (_, slot) => stream(`seed ${slot}`, 32))
const codesOf =
  (required: number) =>
  (region: number): Uint8Array[] =>
    regionCodes(itemAt(seeds, region % 8), region, required, nodeCrypto)

/** A shard of this ciphertext, written in pieces that end at `cuts`. */
function shardOf(cipher: Uint8Array, places: readonly number[], cuts: readonly number[] = []): Uint8Array {
  const shard = new Uint8Array(cipher.length + 16 * places.length)
  let from = 0
  for (const until of [...cuts.toSorted((a, b) => a - b), cipher.length]) {
    injectInto(shard, places, from, cipher.subarray(from, until))
    from = until
  }
  injectWatermarks([shard], places, codesOf(1))
  return shard
}

const cut = fc.nat({ max: 9999 })

test('strip undoes inject, in pieces of any kind', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.array(cut), cut, cut, (size, cuts, a, b) => {
      const cipher = stream('cipher', size)
      const places = watermarkPlaces(size, seeds, nodeCrypto)
      const shard = shardOf(
        cipher,
        places,
        cuts.map((cut) => cut % size),
      )
      const [from, until] = [Math.min(a, b) % size, Math.max(a, b) % size].toSorted((x, y) => x - y) as [number, number]
      const into = new Uint8Array(until - from)
      const pieceAt = shardOffset(places, from)
      stripInto(shard.subarray(pieceAt), pieceAt, places, from, into)
      return equalBytes(into, cipher.subarray(from, until))
    }),
  )
  t.pass()
})

test('watermarks stand at their offsets, ciphertext everywhere else', (t) => {
  const cipher = new Uint8Array(9000).fill(0xee)
  const places = watermarkPlaces(cipher.length, seeds, nodeCrypto)
  const shard = shardOf(cipher, places)
  t.is(places.length, 5)
  for (const region of places.keys()) {
    const offset = watermarkOffset(places, region)
    t.deepEqual(shard.subarray(offset, offset + 16), itemAt(codesOf(1)(region), 0))
    shard.fill(0xee, offset, offset + 16)
  }
  t.true(shard.every((byte) => byte === 0xee))
})

test('watermarks at the very start of a region, and side by side, are kept apart', (t) => {
  const places = [0, 1, 2, 50, 99]
  const cipher = stream('edge', 100)
  const shard = shardOf(cipher, places)
  const back = new Uint8Array(100)
  stripInto(shard, 0, places, 0, back)
  t.deepEqual(back, cipher)
  t.deepEqual(
    [...cipherRuns(places, 0, 100)].map(({ shardAt, bytes }) => [shardAt, bytes]),
    [
      [16, 1],
      [33, 1],
      [50, 48],
      [114, 49],
      [179, 1],
    ],
  )
})

test('a piece that does not hold the bytes asked for is a programmer error', (t) => {
  t.throws(() => stripInto(new Uint8Array(10), 5, [], 0, new Uint8Array(4)), { instanceOf: RangeError })
  t.throws(() => stripInto(new Uint8Array(10), 5, [], 12, new Uint8Array(4)), { instanceOf: RangeError })
  t.throws(() => injectWatermarks([new Uint8Array(99)], [0], () => []), { instanceOf: RangeError })
})

test('every data shard has its own code, and parity shards carry the code word at the same places', async (t) => {
  const required = 4
  const size = 20_000
  const places = watermarkPlaces(size, seeds, nodeCrypto)
  const data = Array.from({ length: required }, (_, index) => {
    const shard = new Uint8Array(size + 16 * places.length)
    injectInto(shard, places, 0, stream(`shard ${index}`, size))
    return shard
  })
  injectWatermarks(data, places, codesOf(required))
  const code = (await loadErasureEngine()).code(required, 2)
  const parity = code.encode(data)
  const seen = new Set<string>()
  for (const region of places.keys()) {
    const codes = codesOf(required)(region)
    const word = [...codes, ...code.encode(codes)]
    const offset = watermarkOffset(places, region)
    for (const [index, shard] of [...data, ...parity].entries()) {
      t.deepEqual(shard.subarray(offset, offset + 16), itemAt(word, index))
      seen.add(Buffer.from(itemAt(word, index)).toString('hex'))
    }
  }
  t.is(seen.size, places.length * 6)
})
