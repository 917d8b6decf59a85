/**
 * Buffers in the engine's own memory, work in place, and ranges of shards: part of the suite of erasure.ts.
 *
 * @module
 */
import type { ErasureEngine } from '@lunarx/core/erasure'
import { equalBytes, itemAt } from '@lunarx/core/model'
import type { TestFn } from 'ava'
import * as fc from 'fast-check'
import { dataShards } from './erasure-shards.ts'

export function erasureBuffersConformance(test: TestFn, name: string, load: () => Promise<ErasureEngine>): void {
  test(`${name}: shards in buffers are encoded and rebuilt in place, and nothing beside them is written`, async (t) => {
    const engine = await load()
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9_000 }),
        (k, m, shardBytes) => {
          const code = engine.code(k, m)
          const data = dataShards('in place', k, shardBytes)
          const expected = [...data, ...code.encode(data)]
          using held = engine.buffers(k + m + 2, shardBytes)
          const [before, after] = [itemAt(held.shards, 0), itemAt(held.shards, k + m + 1)]
          before.fill(0xaa)
          after.fill(0xaa)
          const shards = held.shards.slice(1, -1)
          for (const [i, shard] of data.entries()) shards[i]?.set(shard)
          code.encodeInto(shards)
          const isEncoded = shards.every((shard, i) => equalBytes(shard, itemAt(expected, i)))
          const lost = Array.from({ length: Math.min(k, m) }, (_, i) => i)
          for (const index of lost) shards[index]?.fill(0)
          const kept = shards.map((shard, index) => (index < lost.length ? undefined : shard))
          const into = lost.map((index) => itemAt(shards, index))
          const rebuilt = code.reconstruct(kept, lost, into)
          const isRebuilt = rebuilt.every((shard, i) => shard === into[i] && equalBytes(shard, itemAt(expected, itemAt(lost, i))))
          return isEncoded && isRebuilt && [before, after].every((guard) => guard.every((byte) => byte === 0xaa))
        },
      ),
      { numRuns: 40 },
    )
    t.pass()
  })

  test(`${name}: equal ranges of shards give that range of the result, wherever they lie`, async (t) => {
    const engine = await load()
    const code = engine.code(5, 3)
    const data = dataShards('ranges', 5, 70_001)
    const whole = [...data, ...code.encode(data)]
    using held = engine.buffers(8, 70_001)
    for (const [from, until] of [
      [0, 1],
      [1, 32],
      [31, 64],
      [4_095, 8_193],
      [65_535, 65_537],
      [3, 70_001],
    ] as const)
      for (const shards of [held.shards, whole.map((shard, index) => (index % 2 === 0 ? shard.slice() : itemAt(held.shards, index)))]) {
        for (const [index, shard] of shards.entries()) shard.set(index < 5 ? itemAt(whole, index) : new Uint8Array(70_001))
        code.encodeInto(shards.map((shard) => shard.subarray(from, until)))
        for (const [index, shard] of shards.entries()) {
          t.true(equalBytes(shard.subarray(from, until), itemAt(whole, index).subarray(from, until)), `shard ${index} of ${from}…${until}`)
          if (index >= 5)
            t.true(
              shard.every((byte, at) => byte === 0 || (at >= from && at < until)),
              `beside ${from}…${until}`,
            )
        }
        const ranges = shards.map((shard) => shard.subarray(from, until))
        const [rebuilt] = code.reconstruct([...ranges.slice(0, 2), undefined, ...ranges.slice(3)], [2])
        t.deepEqual(rebuilt, itemAt(whole, 2).slice(from, until))
      }
  })

  test(`${name}: buffers are zeroed, apart from each other, and used again once they are disposed`, async (t) => {
    const engine = await load()
    for (let round = 0; round < 20; round++) {
      using first = engine.buffers(3, 100_000 + round)
      using second = engine.buffers(14, 50_000)
      for (const { shards } of [first, second])
        for (const shard of shards) {
          t.true(shard.every((byte) => byte === 0))
          shard.fill(0x5a)
        }
      second[Symbol.dispose]()
      using third = engine.buffers(14, 50_000)
      t.true(third.shards.every((shard) => shard.length === 50_000 && shard.every((byte) => byte === 0)))
      t.true(first.shards.every((shard) => shard.length === 100_000 + round && shard.every((byte) => byte === 0x5a)))
    }
  })

  test(`${name}: buffers beyond the limits, targets of another length and shards wanted twice are programmer errors`, async (t) => {
    const engine = await load()
    for (const [count, sizeBytes] of [
      [0, 1],
      [256, 1],
      [1, 0],
      [1.5, 1],
      [255, 4 * 1024 * 1024],
    ] as const)
      t.throws(() => engine.buffers(count, sizeBytes), { instanceOf: RangeError })
    const code = engine.code(2, 1)
    const shards = [new Uint8Array(2), undefined, new Uint8Array(2)]
    t.throws(() => code.reconstruct(shards, [1], [new Uint8Array(3)]), { instanceOf: RangeError })
    t.throws(() => code.reconstruct(shards, [1], []), { instanceOf: RangeError })
    t.throws(() => code.reconstruct(shards, [1, 1]), { instanceOf: RangeError })
    t.throws(() => code.encodeInto([new Uint8Array(2), new Uint8Array(2)]), { instanceOf: RangeError })
  })
}
