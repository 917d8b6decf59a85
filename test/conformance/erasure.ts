/**
 * What every erasure engine must do. Run it with an engine and ava's `test`; engines that pass can replace each other in a
 * running network.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import type { ErasureEngine } from '@lunarx/core/erasure'
import { bytesOfHex, equalBytes, hexOf, itemAt } from '@lunarx/core/model'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import type { TestFn } from 'ava'
import * as fc from 'fast-check'
import { erasureBuffersConformance } from './erasure-buffers.ts'
import { erasureCorrectionConformance } from './erasure-correction.ts'
import { dataShards, draw } from './erasure-shards.ts'

interface ErasureCase {
  readonly required: number
  readonly parity: number
  readonly shardBytes: number
  readonly seed: string
  readonly parityShards?: readonly string[]
  readonly paritySha256: string
}

const casesOf = (file: string): readonly ErasureCase[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')) as readonly ErasureCase[]

const VECTORS = { 'klauspost/reedsolomon': casesOf('erasure.json'), 'ISA-L': casesOf('erasure-isal.json') } as const

const geometry = fc.oneof(
  { weight: 3, arbitrary: fc.record({ required: fc.integer({ min: 1, max: 20 }), parity: fc.integer({ min: 1, max: 12 }) }) },
  fc
    .integer({ min: 1, max: 254 })
    .chain((required) => fc.record({ required: fc.constant(required), parity: fc.integer({ min: 1, max: 255 - required }) })),
)
const set = fc.record({
  code: geometry,
  shardBytes: fc.integer({ min: 1, max: 300 }),
  seed: fc.string({ maxLength: 4 }),
  order: fc.infiniteStream(fc.nat()),
})

export function erasureConformance(test: TestFn, name: string, load: () => Promise<ErasureEngine>): void {
  erasureBuffersConformance(test, name, load)
  erasureCorrectionConformance(test, name, load)

  for (const [other, cases] of Object.entries(VECTORS))
    test(`${name}: parity is bit-identical to ${other}`, async (t) => {
      const engine = await load()
      t.true(cases.length > 50)
      for (const { required, parity, shardBytes, seed, parityShards, paritySha256 } of cases) {
        const made = engine.code(required, parity).encode(dataShards(seed, required, shardBytes))
        if (parityShards) t.deepEqual(made, parityShards.map(bytesOfHex), seed)
        t.is(hexOf(nodeCrypto.sha256(...made)), paritySha256, seed)
      }
    })

  test(`${name}: any k of n shards give every other shard back`, async (t) => {
    const engine = await load()
    fc.assert(
      fc.property(set, ({ code: { required, parity }, shardBytes, seed, order }) => {
        const code = engine.code(required, parity)
        const data = dataShards(seed, required, shardBytes)
        const shards = [...data, ...code.encode(data)]
        const kept = new Set(draw(code.total, required, order))
        const wanted = shards.flatMap((_, index) => (kept.has(index) ? [] : [index])).reverse()
        const rebuilt = code.reconstruct(
          shards.map((shard, index) => (kept.has(index) ? shard : undefined)),
          wanted,
        )
        return rebuilt.length === wanted.length && wanted.every((index, i) => equalBytes(itemAt(rebuilt, i), itemAt(shards, index)))
      }),
      { numRuns: 60 },
    )
    t.pass()
  })

  test(`${name}: shards longer than any inner block are rebuilt, and shards that are there are given as they are`, async (t) => {
    const code = (await load()).code(4, 2)
    for (const shardBytes of [65_535, 65_536, 65_537, 1_000_003]) {
      const data = dataShards('long', 4, shardBytes)
      const shards = [...data, ...code.encode(data)]
      const wanted = [5, 0, 2, 4]
      const rebuilt = code.reconstruct([undefined, shards[1], shards[2], shards[3], shards[4], undefined], wanted)
      for (const [i, index] of wanted.entries())
        t.true(equalBytes(itemAt(rebuilt, i), itemAt(shards, index)), `${shardBytes} bytes, shard ${index}`)
    }
  })

  test(`${name}: inputs are left as they were`, async (t) => {
    const code = (await load()).code(3, 2)
    const data = dataShards('inputs', 3, 100)
    const shards = [...data, ...code.encode(data)]
    t.deepEqual(data, dataShards('inputs', 3, 100))
    const given = shards.map((shard, index) => (index === 0 || index === 4 ? undefined : shard.slice()))
    code.reconstruct(given, [0, 4])
    t.deepEqual(given, [undefined, shards[1], shards[2], shards[3], undefined])
  })

  test(`${name}: fewer than k shards are refused with TOO_FEW_SHARDS`, async (t) => {
    const code = (await load()).code(4, 2)
    const data = dataShards('few', 4, 10)
    const shards = [...data, ...code.encode(data)]
    t.throws(() => code.reconstruct([shards[0], undefined, shards[2], undefined, undefined, shards[5]], [1]), { code: 'TOO_FEW_SHARDS' })
    t.throws(() => code.reconstruct([], [1]), { code: 'TOO_FEW_SHARDS' })
  })

  test(`${name}: shards of unequal length, wrong counts and codes beyond 255 are programmer errors`, async (t) => {
    const engine = await load()
    const code = engine.code(2, 1)
    t.throws(() => code.encode([new Uint8Array(2), new Uint8Array(3)]), { instanceOf: RangeError })
    t.throws(() => code.encode([new Uint8Array(2)]), { instanceOf: RangeError })
    t.throws(() => code.encode([new Uint8Array(0), new Uint8Array(0)]), { instanceOf: RangeError })
    t.throws(() => code.reconstruct([new Uint8Array(2), new Uint8Array(2)], [3]), { instanceOf: RangeError })
    for (const [required, parity] of [
      [0, 1],
      [1, 0],
      [200, 56],
      [1.5, 1],
    ] as const)
      t.throws(() => engine.code(required, parity), { instanceOf: RangeError })
  })
}
