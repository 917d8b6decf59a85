import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import * as fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { concatBytes, equalBytes, LIMITS } from '../model/index.ts'
import { address, AddressHasher, formatAddress, parseAddress } from './index.ts'

const leaf = LIMITS.leafBytes

test('pieces of any length give the address of the whole', (t) => {
  const shard = stream('pieces', 5 * leaf + 77)
  const pinned = address(shard, nodeCrypto)
  const cuts = fc.array(fc.oneof(fc.integer({ min: 0, max: shard.length }), fc.constantFrom(leaf - 1, leaf, leaf + 1, 2 * leaf)), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(cuts, (cuts) => {
      const hasher = new AddressHasher(nodeCrypto)
      let from = 0
      for (const until of [...cuts.toSorted((a, b) => a - b), shard.length]) {
        hasher.update(shard.subarray(from, until))
        hasher.digest() // looking changes nothing
        from = until
      }
      return hasher.sizeBytes === shard.length && equalBytes(hasher.digest(), pinned)
    }),
  )
  t.pass()
})

test('every flip, cut and growth changes the address', (t) => {
  const shard = stream('changes', 3 * leaf + 5)
  const pinned = Buffer.from(address(shard, nodeCrypto))
  const change = fc.oneof(
    fc
      .record({ at: fc.nat({ max: shard.length - 1 }), bit: fc.nat({ max: 7 }) })
      .map(({ at, bit }) => shard.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte))),
    fc.nat({ max: shard.length - 1 }).map((length) => shard.subarray(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((more) => concatBytes(shard, more)),
  )
  fc.assert(fc.property(change, (changed) => !pinned.equals(address(changed, nodeCrypto))))
  t.pass()
})

test('zeros behind, and leaves swapped, are other shards', (t) => {
  const shards: Uint8Array[] = [
    new Uint8Array(leaf),
    new Uint8Array(leaf + 1),
    new Uint8Array(2 * leaf),
    new Uint8Array(0),
    new Uint8Array(1),
  ]
  const one = new Uint8Array(leaf).fill(1)
  const two = new Uint8Array(leaf).fill(2)
  shards.push(concatBytes(one, two), concatBytes(two, one))
  t.is(new Set(shards.map((shard) => formatAddress(address(shard, nodeCrypto)))).size, shards.length)
})

test('text that is not the address of a shard is BAD_MESSAGE', (t) => {
  const text = formatAddress(address(new Uint8Array(1), nodeCrypto))
  const others = [
    '',
    'b',
    text.slice(0, -1),
    `${text}a`,
    text.toUpperCase(),
    text.replace(/.$/, '!'),
    'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy',
  ]
  for (const other of others) t.throws(() => parseAddress(other), { code: 'BAD_MESSAGE' }, other)
  t.throws(() => formatAddress(new Uint8Array(31)), { instanceOf: RangeError })
})
