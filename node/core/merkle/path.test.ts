import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import * as fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { concatBytes, LIMITS } from '../model/index.ts'
import { address, AddressHasher, type LeafRange, provePath, verifyRange } from './index.ts'

const leaf = LIMITS.leafBytes
const shards = Array.from({ length: 20 }, (_, leaves) => {
  const bytes = stream(`path ${leaves}`, Math.max(1, leaves * leaf + (leaves % 3) * 100))
  const hashes = new AddressHasher(nodeCrypto).update(bytes).leafHashes()
  return { bytes, hashes, address: address(bytes, nodeCrypto) }
})

const range = fc.constantFrom(...shards).chain((shard) =>
  fc.nat({ max: shard.hashes.length - 1 }).chain((first) =>
    fc.integer({ min: 1, max: shard.hashes.length - first }).map((count): LeafRange => {
      const bytes = shard.bytes.subarray(first * leaf, (first + count) * leaf)
      return {
        address: shard.address,
        shardBytes: shard.bytes.length,
        firstLeaf: first,
        bytes,
        path: provePath(shard.hashes, first, count, nodeCrypto),
      }
    }),
  ),
)

const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte))

test('every run of leaves is proved by its path', (t) => {
  fc.assert(fc.property(range, (proved) => verifyRange(proved, nodeCrypto)))
  t.pass()
})

test('a path is short: at most two hashes a level, none for the whole shard', (t) => {
  fc.assert(fc.property(range, ({ path, shardBytes }) => path.length <= 2 * Math.ceil(Math.log2(Math.max(2, shardBytes / leaf)))))
  for (const { hashes } of shards) t.deepEqual(provePath(hashes, 0, hashes.length, nodeCrypto), [])
})

test('nothing else is proved: changed bytes, lengths, places, paths, addresses', (t) => {
  const changed = fc.tuple(range, fc.nat(), fc.nat({ max: 8 })).map(([proved, at, how]): LeafRange | undefined => {
    const { path, bytes, firstLeaf, shardBytes } = proved
    const inPath = path.length === 0 ? undefined : at % path.length
    const changes: (Partial<LeafRange> | undefined)[] = [
      { bytes: flip(bytes, at % bytes.length) },
      { bytes: bytes.subarray(0, at % bytes.length) },
      { bytes: concatBytes(bytes, Uint8Array.of(0)) },
      { firstLeaf: firstLeaf + 1 },
      { shardBytes: shardBytes + 1 + (at % leaf) },
      { path: [...path, new Uint8Array(32)] },
      { address: flip(proved.address, at % 32) },
      inPath === undefined ? undefined : { path: path.filter((_, i) => i !== inPath) },
      inPath === undefined ? undefined : { path: path.map((hash, i) => (i === inPath ? flip(hash, at % 32) : hash)) },
    ]
    const change = changes[how]
    return change && { ...proved, ...change }
  })
  fc.assert(
    fc.property(changed, (range) => range === undefined || !verifyRange(range, nodeCrypto)),
    { numRuns: 400 },
  )
  t.pass()
})

test('malformed ranges are refused, not thrown at', (t) => {
  const proved = { address: new Uint8Array(32), shardBytes: 100, firstLeaf: 0, bytes: new Uint8Array(100), path: [] }
  for (const bad of [
    { firstLeaf: -1 },
    { firstLeaf: 0.5 },
    { firstLeaf: Number.NaN },
    { bytes: new Uint8Array(0) },
    { shardBytes: Number.MAX_SAFE_INTEGER },
  ])
    t.false(verifyRange({ ...proved, ...bad }, nodeCrypto))
  t.throws(() => provePath([new Uint8Array(32)], 0, 2, nodeCrypto), { instanceOf: RangeError })
})
