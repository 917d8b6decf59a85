/**
 * Shards by name, as inventories list them: segment ‖ index, 33 bytes each, one behind the other in ascending order; and the digest
 * by which two peers see whether they list the same ones in a range.
 *
 * A digest over the sorted keys, rather than a sum or an exclusive-or of hashes: nobody can choose segments so that different sets
 * of shards look the same. Hashing a million keys costs some 25 ms, so that nothing has to be kept up to date.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'

export const SHARD_KEY_BYTES = 33
export const RANGE_DIGEST_BYTES = 16

export interface ShardKey {
  /** Segment id, 32 bytes. */
  readonly segment: Uint8Array
  readonly index: number
}

/** segment ‖ index */
export function shardKeyBytes({ segment, index }: ShardKey): Uint8Array {
  const bytes = new Uint8Array(SHARD_KEY_BYTES)
  bytes.set(segment)
  bytes[SHARD_KEY_BYTES - 1] = index
  return bytes
}

export function packShardKeys(keys: readonly ShardKey[]): Uint8Array {
  const packed = new Uint8Array(keys.length * SHARD_KEY_BYTES)
  for (const [i, { segment, index }] of keys.entries()) {
    packed.set(segment, i * SHARD_KEY_BYTES)
    packed[(i + 1) * SHARD_KEY_BYTES - 1] = index
  }
  return packed
}

/** Copies: the packed bytes may be let go. A rest that is no whole key is left out. */
export function unpackShardKeys(packed: Uint8Array): ShardKey[] {
  return Array.from({ length: Math.floor(packed.length / SHARD_KEY_BYTES) }, (_, i) => ({
    segment: packed.slice(i * SHARD_KEY_BYTES, (i + 1) * SHARD_KEY_BYTES - 1),
    index: packed[(i + 1) * SHARD_KEY_BYTES - 1] ?? 0,
  }))
}

/** The first 16 bytes of the SHA-256 of the keys that a range has, packed, in ascending order. */
export function rangeDigest(packed: Uint8Array, crypto: CryptoEngine): Uint8Array {
  return crypto.sha256(packed).slice(0, RANGE_DIGEST_BYTES)
}
