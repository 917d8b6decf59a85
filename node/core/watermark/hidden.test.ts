import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { loadErasureEngine } from '@lunarx/runtime/erasure'
import test from 'ava'
import { stream } from '../../../test/vectors/stream.ts'
import { SUITES } from '../crypto/index.ts'
import { itemAt } from '../model/index.ts'
import { sealSegment, segmentLayout } from '../segment/index.ts'
import { slotSeeds, watermarkOffset, watermarkPlaces } from './index.ts'

const erasure = await loadErasureEngine()
const keysOf = (seed: string): Uint8Array[] => Array.from({ length: 8 }, (_, slot) => stream(`${seed} ${slot}`, 32))
const KEYS = { positionKeys: keysOf('position'), codeKeys: keysOf('code') }
/** Quantile of chi-square with 255 degrees of freedom at 1 − 10⁻⁴. The seeds are fixed, so the outcome is too. */
const LIMIT = 347.7

function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}
const histogram = (): number[] => Array.from({ length: 256 }, () => 0)
const add = (counts: number[], bytes: Uint8Array): void => {
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
}

/** Shards of zeros: whatever were not ciphertext or watermark would show as zeros. */
async function shardsOfZeros(suite: (typeof SUITES)[number], seed: string, plaintextBytes: number) {
  const layout = segmentLayout({ required: 4, parity: 2, plaintextBytes })
  const salt = stream(`${seed} salt`, 16)
  const seeds = slotSeeds(KEYS, salt, crypto)
  const secrets = { suite, dataKey: stream(`${seed} key`, 32), salt, segmentIndex: 0, ...seeds }
  const { shards } = await sealSegment(new Uint8Array(plaintextBytes), layout, secrets, { crypto, erasure })
  return {
    shards: shards.map((shard) => Uint8Array.from(shard)),
    places: watermarkPlaces(layout.dataShardBytes, seeds.positionSeeds, crypto),
  }
}

for (const suite of SUITES) {
  test(`${suite}: watermarks, and what is around them, look like the rest, in shards of nothing but zeros`, async (t) => {
    const [all, marks, before, differences] = [histogram(), histogram(), histogram(), histogram()]
    for (let set = 0; set < 12; set++) {
      const { shards, places } = await shardsOfZeros(suite, `${suite} zeros ${set}`, 400_000)
      for (const shard of shards) {
        add(all, shard)
        for (const region of places.keys()) {
          const at = watermarkOffset(places, region)
          add(marks, shard.subarray(at, at + 16))
          add(before, shard.subarray(Math.max(0, at - 16), at))
          const steps = Uint8Array.from({ length: 17 }, (_, i) => (shard[at + i] ?? 0) ^ (shard[at + i - 1] ?? 0)) // over both edges
          add(differences, steps)
        }
      }
    }
    for (const [name, counts] of Object.entries({ all, marks, before, differences }))
      t.true(chiSquare(counts) < LIMIT, `${name}: ${chiSquare(counts)}`)
    t.true(
      chiSquare(histogram().map((_, byte) => itemAt(all, byte) + (byte === 0 ? itemAt(all, byte) / 10 : 0))) > LIMIT,
      'a tenth more zeros would show',
    )
  })

  test(`${suite}: short and padded segments have no byte that stays the same`, async (t) => {
    for (const plaintextBytes of [1, 17, 1_003]) {
      const counts = histogram()
      let fixed: (number | undefined)[] | undefined
      for (let set = 0; set < 120; set++) {
        const { shards } = await shardsOfZeros(suite, `${suite} short ${set}`, plaintextBytes)
        const bytes = Uint8Array.from(shards.flatMap((shard) => [...shard]))
        add(counts, bytes)
        fixed = fixed ? fixed.map((byte, i) => (byte === bytes[i] ? byte : undefined)) : [...bytes]
      }
      t.deepEqual(
        fixed?.filter((byte) => byte !== undefined),
        [],
        `${plaintextBytes} bytes`,
      )
      t.true(chiSquare(counts) < LIMIT, `${plaintextBytes} bytes: ${chiSquare(counts)}`)
    }
  })
}
