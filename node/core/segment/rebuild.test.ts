import { nodeCrypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import * as fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { address } from '../merkle/index.ts'
import { equalBytes, itemAt } from '../model/index.ts'
import { rebuildShards } from './index.ts'

const engines = { crypto: nodeCrypto, erasure: await loadErasureEngine() }
const [required, parity, shardBytes] = [4, 3, 40_000]
const data = Array.from({ length: required }, (_, index) => stream(`rebuild ${index}`, shardBytes))
const shards = [...data, ...engines.erasure.code(required, parity).encode(data)]
const set = { required, parity, shardBytes, addresses: shards.map((shard) => address(shard, nodeCrypto)) }
const indices = shards.map((_, index) => index)

test('any k shards rebuild any others, bit for bit', (t) => {
  fc.assert(
    fc.property(fc.subarray(indices, { minLength: required }), fc.shuffledSubarray(indices), (kept, wanted) => {
      const rebuilt = rebuildShards(
        set,
        shards.map((shard, index) => (kept.includes(index) ? shard : undefined)),
        wanted,
        engines,
      )
      return rebuilt.length === wanted.length && wanted.every((index, i) => equalBytes(itemAt(rebuilt, i), itemAt(shards, index)))
    }),
    { numRuns: 50 },
  )
  t.pass()
})

test('a given shard that is flipped, cut or in the wrong place is BAD_ADDRESS and named', (t) => {
  const bad = [itemAt(shards, 2).map((byte, i) => (i === 39_999 ? byte ^ 1 : byte)), itemAt(shards, 2).subarray(1), itemAt(shards, 3)]
  for (const shard of bad) {
    const given = [undefined, shards[1], shard, shards[3], shards[4]]
    const error = t.throws(() => rebuildShards(set, given, [0], engines), { code: 'BAD_ADDRESS' })
    t.deepEqual((error as { detail?: unknown } | undefined)?.detail, { index: 2 })
  }
})

test('a rebuilt shard that does not match its pinned address is BAD_ADDRESS and named', (t) => {
  const lying = { ...set, addresses: set.addresses.map((pinned, index) => (index === 6 ? new Uint8Array(32) : pinned)) }
  const given = shards.map((shard, index) => (index < required ? shard : undefined))
  const error = t.throws(() => rebuildShards(lying, given, [5, 6], engines), { code: 'BAD_ADDRESS' })
  t.deepEqual((error as { detail?: unknown } | undefined)?.detail, { index: 6 })
  t.is(rebuildShards(lying, given, [5], engines).length, 1)
})

test('fewer than k shards are TOO_FEW_SHARDS', (t) => {
  t.throws(() => rebuildShards(set, [undefined, shards[1], shards[2], shards[3]], [0], engines), { code: 'TOO_FEW_SHARDS' })
})
