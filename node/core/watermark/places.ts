/**
 * Places: where in every shard of a set the watermarks are. One region, one watermark, uniformly somewhere in it.
 *
 * Places are counted in ciphertext: watermark t stands before ciphertext byte `places[t]` of the shard, that is at offset
 * `places[t] + 16 t` of the shard. They ascend, and are the same for all n shards.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { utf8 } from '../model/bytes.ts'
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'
import { slotOfRegion } from './seeds.ts'

const PLACE = utf8('lunarx/place/1\0')
const NO_SALT = new Uint8Array(0)
const DRAW_BYTES = 8

/** T′: watermarks of a shard with this much ciphertext. At most 1 % of it, at most 128, none in small shards. */
export const watermarkCount = (dataShardBytes: number): number =>
  Math.min(LIMITS.watermarksPerShard, Math.floor(dataShardBytes / (100 * LIMITS.watermarkBytes)))

/** First ciphertext byte of a region; region t ends where region t + 1 starts. */
export const regionStart = (dataShardBytes: number, watermarks: number, region: number): number =>
  Math.floor((region * dataShardBytes) / watermarks)

/**
 * Places of all watermarks of a set.
 * @param positionSeeds eight, by slot
 */
export function watermarkPlaces(dataShardBytes: number, positionSeeds: readonly Uint8Array[], crypto: CryptoEngine): number[] {
  if (positionSeeds.length !== LIMITS.trackerSlots) throw new RangeError(`expected ${LIMITS.trackerSlots} position seeds`)
  const watermarks = watermarkCount(dataShardBytes)
  const draws = positionSeeds.map((seed) =>
    crypto.hkdf(seed, NO_SALT, PLACE, (LIMITS.watermarksPerShard / LIMITS.trackerSlots) * DRAW_BYTES),
  )
  return Array.from({ length: watermarks }, (_, region) => {
    const start = regionStart(dataShardBytes, watermarks, region)
    const regionBytes = regionStart(dataShardBytes, watermarks, region + 1) - start
    return start + drawBelow(regionBytes, itemAt(draws, slotOfRegion(region)), Math.floor(region / LIMITS.trackerSlots))
  })
}

/** Offset of watermark `region` in a shard. */
export const watermarkOffset = (places: readonly number[], region: number): number =>
  itemAt(places, region) + region * LIMITS.watermarkBytes

/** 64 bits modulo the bound: off from uniform by less than bound / 2^64. */
function drawBelow(bound: number, draws: Uint8Array, at: number): number {
  const draw = new DataView(draws.buffer, draws.byteOffset).getBigUint64(at * DRAW_BYTES)
  return Number(draw % BigInt(bound))
}
