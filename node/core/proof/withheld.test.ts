import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { address } from '../merkle/address.ts'
import { provePath } from '../merkle/path.ts'
import { hashLeaf, leafCount } from '../merkle/tree.ts'
import { itemAt, LIMITS } from '../model/index.ts'
import { drawnLeaf, WithheldSet } from './index.ts'

const erasure = await loadErasureEngine()

function setOf(required: number, parity: number, shardBytes: number, seed = 'set') {
  const data = Array.from({ length: required }, (_, i) => stream(`${seed} ${i}`, shardBytes))
  const shards = [
    ...data,
    ...erasure
      .code(required, parity)
      .encode(data)
      .map((shard) => Uint8Array.from(shard)),
  ]
  const set = { required, parity, shardBytes, addresses: shards.map((shard) => address(shard, crypto)) }
  const leafOf = (index: number, at: number): Uint8Array => itemAt(shards, index).slice(at * LIMITS.leafBytes, (at + 1) * LIMITS.leafBytes)
  const hashes = shards.map((_, index) => Array.from({ length: leafCount(shardBytes) }, (_, at) => hashLeaf(leafOf(index, at), crypto)))
  const answer = (index: number, leaf: number) => ({
    bytes: leafOf(index, leaf),
    path: provePath(itemAt(hashes, index), leaf, 1, crypto),
  })
  return { set, shards, answer, leaves: leafCount(shardBytes), withheld: new WithheldSet(set, { crypto, erasure }) }
}

test('one shard, drawn at random until every leaf has been asked: the shard, after about L (ln L + 0.58) answers', (t) => {
  let draws = 0
  const rounds = 8
  const { shards, answer, leaves, set } = setOf(2, 1, 40 * LIMITS.leafBytes - 77)
  for (let round = 0; round < rounds; round++) {
    const withheld = new WithheldSet(set, { crypto, erasure })
    const random = new SeededRandom(round)
    while (!withheld.shard(2)) {
      t.true(withheld.missing(2).length > 0)
      const leaf = drawnLeaf(random.bytes(8), set.shardBytes)
      t.true(withheld.add(2, leaf, answer(2, leaf)))
      draws++
    }
    t.deepEqual(withheld.shard(2), itemAt(shards, 2))
    t.is(withheld.shard(0), undefined)
  }
  // the mean of 8 rounds; one has a deviation of π L / √6, 51 of 171
  const expected = leaves * (Math.log(leaves) + 0.58)
  t.true(Math.abs(draws / rounds - expected) < 3.9 * (51 / Math.sqrt(rounds)), `${draws / rounds} answers, expected ${expected}`)
})

test('a leaf of any k shards gives that leaf of all, whole shards of other holders count, and no leaf is given before', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom([2, 1], [4, 2], [3, 3]),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: LIMITS.leafBytes }),
      fc.infiniteStream(fc.nat()),
      ([k = 2, m = 1], wholeLeaves, restBytes, draw) => {
        const { shards, answer, leaves, withheld } = setOf(k, m, (wholeLeaves - 1) * LIMITS.leafBytes + restBytes, `${k} ${restBytes}`)
        const all = shards.map((_, index) => index)
        const next = (n: number): number => itemAt([draw.next().value ?? 0], 0) % n
        const given = next(k + m)
        t.true(withheld.addShard(given, itemAt(shards, given)))
        const known = Array.from({ length: leaves }, () => new Set([given]))
        for (let step = 0; step < 12; step++) {
          const [index, leaf] = [next(k + m), next(leaves)]
          t.true(withheld.add(index, leaf, answer(index, leaf)))
          known[leaf]?.add(index)
          const isThere = (known[leaf]?.size ?? 0) >= k
          const got = withheld.range(all, leaf, 1)
          t.is(got !== undefined, isThere)
          const from = leaf * LIMITS.leafBytes
          for (const [i, bytes] of (got ?? []).entries()) t.deepEqual(bytes, itemAt(shards, i).slice(from, from + LIMITS.leafBytes))
          if (isThere) known[leaf] = new Set(all)
        }
        const whole = known.every((one) => one.size === k + m)
        t.is(withheld.range(all, 0, leaves) !== undefined, whole)
        for (const index of all)
          t.deepEqual(
            withheld.missing(index),
            known.flatMap((one, leaf) => (one.has(index) || one.size >= k ? [] : [leaf])),
          )
      },
    ),
    { numRuns: 30 },
  )
})

test('leaves of a holder that gives a part count like answers, the short last one too', (t) => {
  const { shards, answer, leaves, withheld } = setOf(2, 1, 4 * LIMITS.leafBytes - 100)
  withheld.addRun(2, 1, itemAt(shards, 2).subarray(LIMITS.leafBytes))
  t.deepEqual(withheld.missing(2), [0])
  t.is(withheld.range([0, 1], 1, 3), undefined)
  for (let leaf = 1; leaf < leaves; leaf++) t.true(withheld.add(0, leaf, answer(0, leaf)))
  t.deepEqual(
    withheld.range([0, 1], 1, 3),
    [0, 1].map((index) => itemAt(shards, index).slice(LIMITS.leafBytes)),
  )
  t.is(withheld.range([1], 0, 1), undefined)
})

test('what the address does not pin is not taken', (t) => {
  const { set, shards, answer, withheld } = setOf(2, 1, 3 * LIMITS.leafBytes)
  const right = answer(0, 1)
  t.false(withheld.add(0, 1, { ...right, bytes: right.bytes.with(5, (right.bytes[5] ?? 0) ^ 1) }))
  t.false(withheld.add(0, 1, { ...right, path: right.path.slice(1) }))
  t.false(withheld.add(1, 1, right), 'of another shard')
  t.false(withheld.add(0, 2, right), 'another leaf')
  for (const leaf of [-1, 3, 0.5]) t.false(withheld.add(0, leaf, right))
  t.false(withheld.add(7, 1, right))
  t.false(withheld.addShard(0, itemAt(shards, 1)))
  t.deepEqual(withheld.missing(0), [0, 1, 2])
  t.is(withheld.range([0], 1, 1), undefined)

  // an owner who pinned shards that are no code word gets none that is not pinned
  const lying = new WithheldSet(
    { ...set, addresses: [...set.addresses.slice(0, 2), address(stream('no parity', set.shardBytes), crypto)] },
    { crypto, erasure },
  )
  t.true(lying.addShard(0, itemAt(shards, 0)))
  t.true(lying.addShard(1, itemAt(shards, 1)))
  t.throws(() => lying.shard(2), { code: 'BAD_ADDRESS' })
})
