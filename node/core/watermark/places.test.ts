import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import * as fc from 'fast-check'
import { stream } from '../../../test/vectors/stream.ts'
import { itemAt, LIMITS } from '../model/index.ts'
import {
  regionStart,
  slotOfRegion,
  slotSeeds,
  watermarkCount,
  watermarkOffset,
  watermarkPlace,
  watermarkPlaces,
  watermarksIn,
} from './index.ts'

const keysOf = (seed: string): Uint8Array[] => Array.from({ length: 8 }, (_, slot) => stream(`${seed} ${slot}`, 32))
const seedsOf = (salt: string): readonly Uint8Array[] =>
  slotSeeds({ positionKeys: keysOf('position'), codeKeys: keysOf('code') }, stream(salt, 16), nodeCrypto).positionSeeds

/** Σ (seen − expected)² / expected over equally likely bins. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

test('watermarks are at most 1 % of a shard, at most 128, none in small shards', (t) => {
  t.deepEqual([0, 1, 1599, 1600, 3199, 3200, 204_799, 204_800, 1e8].map(watermarkCount), [0, 0, 0, 1, 1, 2, 127, 128, 128])
  fc.assert(fc.property(fc.nat({ max: 1e8 }), (bytes) => watermarkCount(bytes) * 16 <= bytes / 100))
})

test('each region has one place, in order, whatever the shard', (t) => {
  const seeds = seedsOf('regions')
  fc.assert(
    fc.property(fc.oneof(fc.nat({ max: 300_000 }), fc.nat({ max: 7e7 })), (bytes) => {
      const places = watermarkPlaces(bytes, seeds, nodeCrypto)
      return (
        places.length === watermarkCount(bytes) &&
        places.every(
          (place, region) => place >= regionStart(bytes, places.length, region) && place < regionStart(bytes, places.length, region + 1),
        ) &&
        places.every((_, region) => region === 0 || watermarkOffset(places, region) >= watermarkOffset(places, region - 1) + 16)
      )
    }),
  )
  t.throws(() => watermarkPlaces(5000, seeds.slice(1), nodeCrypto), { instanceOf: RangeError })
})

test('places are uniform in their regions, and independent from region to region and set to set', (t) => {
  const bins = 20
  const regionBytes = 2000
  const single = Array.from({ length: bins }, () => 0)
  const pairs = {
    region: Array.from({ length: 16 }, () => 0),
    slot: Array.from({ length: 16 }, () => 0),
    set: Array.from({ length: 16 }, () => 0),
  }
  const count = (counts: number[], bin: number): void => void (counts[bin] = (counts[bin] ?? 0) + 1)
  let before: readonly number[] | undefined
  for (let set = 0; set < 300; set++) {
    const inRegion = watermarkPlaces(128 * regionBytes, seedsOf(`set ${set}`), nodeCrypto).map(
      (place, region) => place - region * regionBytes,
    )
    const quarter = (place: number): number => Math.floor((4 * place) / regionBytes)
    for (const [region, place] of inRegion.entries()) {
      count(single, Math.floor((bins * place) / regionBytes))
      if (region % 2 === 1) count(pairs.region, 4 * quarter(place) + quarter(itemAt(inRegion, region - 1)))
      if (region % 16 >= 8) count(pairs.slot, 4 * quarter(place) + quarter(itemAt(inRegion, region - 8)))
      if (before && set % 2 === 1) count(pairs.set, 4 * quarter(place) + quarter(itemAt(before, region)))
    }
    before = inRegion
  }
  // Quantiles at 1 − 10⁻⁴: 19 degrees of freedom 50.8, 15 degrees 44.3. The seeds are fixed, so the outcome is too.
  t.true(chiSquare(single) < 50.8, `places: ${chiSquare(single)}`)
  for (const [name, counts] of Object.entries(pairs)) t.true(chiSquare(counts) < 44.3, `pairs by ${name}: ${chiSquare(counts)}`)
})

test('one place is found by the seed of its slot alone, and the number of watermarks by the length of the shard', (t) => {
  for (const dataShardBytes of [1_599, 1_600, 50_000, 204_799, 204_800, 1_000_000]) {
    const seeds = seedsOf('one place')
    const places = watermarkPlaces(dataShardBytes, seeds, nodeCrypto)
    t.is(watermarksIn(dataShardBytes + places.length * LIMITS.watermarkBytes), places.length)
    const found = places.map((_, region) => watermarkPlace(dataShardBytes, region, itemAt(seeds, slotOfRegion(region)), nodeCrypto))
    t.deepEqual(found, places)
  }
})

test('a slot finds its regions with its own seed, and learns no other', (t) => {
  const seeds = seedsOf('slots')
  const places = watermarkPlaces(1_000_000, seeds, nodeCrypto)
  for (let slot = 0; slot < 8; slot++) {
    const own = watermarkPlaces(
      1_000_000,
      seeds.map((seed, other) => (other === slot ? seed : new Uint8Array(32))),
      nodeCrypto,
    )
    for (const [region, place] of own.entries()) if (region % 8 === slot) t.is(place, itemAt(places, region))
    const equal = own.filter((place, region) => region % 8 !== slot && place === places[region])
    t.true(equal.length < 4, 'the others differ but by chance')
  }
})
