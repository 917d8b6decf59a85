/**
 * Codes: the 16 bytes of each watermark, one for every data shard. Those of the parity shards follow by encoding.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { concatBytes, utf8 } from '../model/bytes.ts'
import { LIMITS } from '../model/limits.ts'

const CODE = utf8('lunarx/code/1\0')
const NO_SALT = new Uint8Array(0)

/** Codes of one region by data shard, from the code seed of the region's slot. */
export function regionCodes(codeSeed: Uint8Array, region: number, required: number, crypto: CryptoEngine): Uint8Array[] {
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, region)
  const codes = crypto.hkdf(codeSeed, NO_SALT, concatBytes(CODE, number), required * LIMITS.watermarkBytes)
  return Array.from({ length: required }, (_, shard) => codes.subarray(shard * LIMITS.watermarkBytes, (shard + 1) * LIMITS.watermarkBytes))
}
