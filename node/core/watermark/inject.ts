/**
 * inject: watermarks into data shards, before the parity is computed (proof of random injection, white paper 4.4; every shard,
 * parity too, then carries a code of its own at a secret place and is still an ordinary code word).
 *
 * Ciphertext is written around the places, the codes into them: a shard is never copied.
 *
 * @module
 */
import { LIMITS } from '../model/limits.ts'
import { watermarkOffset } from './places.ts'
import { cipherRuns } from './strip.ts'

/** Writes ciphertext bytes `from … from + cipher.length` of a data shard, leaving the watermarks' places free. */
export function injectInto(shard: Uint8Array, places: readonly number[], from: number, cipher: Uint8Array): void {
  for (const { cipherAt, shardAt, bytes } of cipherRuns(places, from, from + cipher.length))
    shard.set(cipher.subarray(cipherAt - from, cipherAt - from + bytes), shardAt)
}

/**
 * Writes the watermarks of all data shards.
 * @param codesOf codes of a region by data shard
 */
export function injectWatermarks(
  dataShards: readonly Uint8Array[],
  places: readonly number[],
  codesOf: (region: number) => readonly Uint8Array[],
): void {
  for (const region of places.keys()) {
    const codes = codesOf(region)
    const offset = watermarkOffset(places, region)
    for (const [index, shard] of dataShards.entries()) {
      const code = codes[index]
      if (code?.length !== LIMITS.watermarkBytes) throw new RangeError('one code of 16 bytes for every data shard')
      shard.set(code, offset)
    }
  }
}
