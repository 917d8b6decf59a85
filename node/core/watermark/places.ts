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
  const draws = positionSeeds.map((seed) => drawsOf(seed, crypto))
  return Array.from({ length: watermarks }, (_, region) => placeIn(region, dataShardBytes, watermarks, itemAt(draws, slotOfRegion(region))))
}

/** The place of one watermark, by the position seed of its region's slot alone. */
export function watermarkPlace(dataShardBytes: number, region: number, positionSeed: Uint8Array, crypto: CryptoEngine): number {
  return placeIn(region, dataShardBytes, watermarkCount(dataShardBytes), drawsOf(positionSeed, crypto))
}

/** T′ of a shard of this length, watermarks included: inverse of {@link watermarkCount} and the bytes that they add. */
export const watermarksIn = (shardBytes: number): number =>
  Math.min(LIMITS.watermarksPerShard, Math.floor(shardBytes / (101 * LIMITS.watermarkBytes)))

function placeIn(region: number, dataShardBytes: number, watermarks: number, draws: Uint8Array): number {
  const start = regionStart(dataShardBytes, watermarks, region)
  const regionBytes = regionStart(dataShardBytes, watermarks, region + 1) - start
  return start + drawBelow(regionBytes, draws, Math.floor(region / LIMITS.trackerSlots))
}

const drawsOf = (positionSeed: Uint8Array, crypto: CryptoEngine): Uint8Array =>
  crypto.hkdf(positionSeed, NO_SALT, PLACE, (LIMITS.watermarksPerShard / LIMITS.trackerSlots) * DRAW_BYTES)

/** Offset of watermark `region` in a shard. */
export const watermarkOffset = (places: readonly number[], region: number): number => offsetOf(itemAt(places, region), region)

/** Offset in a shard of the watermark that stands before this ciphertext byte. */
export const offsetOf = (place: number, region: number): number => place + region * LIMITS.watermarkBytes

/** 64 bits modulo the bound: off from uniform by less than bound / 2^64. */
function drawBelow(bound: number, draws: Uint8Array, at: number): number {
  const draw = new DataView(draws.buffer, draws.byteOffset).getBigUint64(at * DRAW_BYTES)
  return Number(draw % BigInt(bound))
}
