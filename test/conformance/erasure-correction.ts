/**
 * Correction without knowing which shards are wrong: part of the suite of erasure.ts.
 *
 * @module
 */
import type { ErasureEngine } from '@lunarx/core/erasure'
import { equalBytes, itemAt } from '@lunarx/core/model'
import type { TestFn } from 'ava'
import * as fc from 'fast-check'
import { dataShards, draw } from './erasure-shards.ts'

const spoilt = fc.record({
  required: fc.integer({ min: 1, max: 20 }),
  parity: fc.integer({ min: 1, max: 16 }),
  shardBytes: fc.integer({ min: 1, max: 80 }),
  /** Of the shards that may be missing, in thousandths. */
  missing: fc.nat({ max: 1000 }),
  /** Of the columns, whether an error strikes there, in percent. */
  density: fc.constantFrom(2, 30, 100),
  /** Other shards are wrong in each column. */
  isScattered: fc.boolean(),
  order: fc.infiniteStream(fc.nat()),
})

export function erasureCorrectionConformance(test: TestFn, name: string, load: () => Promise<ErasureEngine>): void {
  test(`${name}: up to ⌊(found − k) / 2⌋ wrong symbols of each column are located and corrected`, async (t) => {
    const engine = await load()
    fc.assert(
      fc.property(spoilt, ({ required, parity, shardBytes, missing, density, isScattered, order }) => {
        const code = engine.code(required, parity)
        const data = dataShards('correct', required, shardBytes)
        const shards: (Uint8Array | undefined)[] = [...data, ...code.encode(data)].map((shard) => shard.slice())
        for (const index of draw(code.total, Math.floor((missing * parity) / 1001), order)) shards[index] = undefined
        const found = shards.flatMap((shard, index) => (shard ? [index] : []))
        const bound = (found.length - required) >> 1
        const wrong = new Set<number>()
        let struck = draw(found.length, bound, order)
        for (let column = 0; column < shardBytes; column++) {
          if (isScattered) struck = draw(found.length, bound, order)
          if ((order.next().value as number) % 100 >= density) continue
          for (const at of struck) {
            const shard = itemAt(shards as Uint8Array[], itemAt(found, at))
            shard[column] = itemAt(shard, column) ^ (1 + ((order.next().value as number) % 255))
            wrong.add(itemAt(found, at))
          }
        }
        const given = shards.map((shard) => shard?.slice())
        const corrected = code.correct(shards)
        return (
          corrected.shards.every((shard, index) => equalBytes(shard, itemAt(data, index))) &&
          corrected.wrong.join() === [...wrong].toSorted((a, b) => a - b).join() &&
          shards.every((shard, index) => (shard ? equalBytes(shard, given[index] ?? new Uint8Array()) : given[index] === undefined))
        )
      }),
      { numRuns: 120 },
    )
    t.pass()
  })

  test(`${name}: one more wrong symbol than the bound is never taken for right where found − k is odd`, async (t) => {
    const engine = await load()
    for (const [required, parity] of [
      [1, 1],
      [4, 1],
      [4, 3],
      [10, 5],
    ] as const) {
      const code = engine.code(required, parity)
      const data = dataShards('too many', required, 300)
      const shards = [...data, ...code.encode(data)].map((shard) => shard.slice())
      for (let index = 0; index <= parity >> 1; index++) shards[index]?.set([77], 250)
      t.throws(() => code.correct(shards), { code: 'TOO_MANY_WRONG_SHARDS' }, `${required}+${parity}`)
    }
  })

  test(`${name}: whole wrong shards are corrected across slices, right shards are given as they are`, async (t) => {
    const code = (await load()).code(10, 4)
    const data = dataShards('whole', 10, 150_001)
    const shards: (Uint8Array | undefined)[] = [...data, ...code.encode(data)].map((shard) => shard.slice())
    shards[3]?.fill(1)
    shards[12]?.fill(2, 100_000)
    const corrected = code.correct(shards)
    t.deepEqual(corrected.wrong, [3, 12])
    for (const [index, shard] of corrected.shards.entries()) {
      t.true(equalBytes(shard, itemAt(data, index)), `shard ${index}`)
      if (index !== 3) t.true(shard === shards[index])
    }
  })

  test(`${name}: correction needs k shards`, async (t) => {
    const code = (await load()).code(4, 2)
    t.throws(() => code.correct([new Uint8Array(9), undefined, new Uint8Array(9)]), { code: 'TOO_FEW_SHARDS' })
    const data = dataShards('exactly k', 4, 9)
    t.deepEqual(code.correct(data), { shards: data, wrong: [] })
  })
}
