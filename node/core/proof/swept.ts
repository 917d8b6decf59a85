/**
 * What a sweep asks for: segment ‖ index ‖ offset of the watermark in the shard, 4 bytes big-endian; 37 bytes each, one behind the
 * other in the order in which their codes are to be hashed.
 *
 * @module
 */
import { SHARD_KEY_BYTES, shardKeyBytes, type ShardKey } from '../inventory/shard-keys.ts'

/** Shards in one sweep. */
export const MAX_SWEPT = 4_096
export const SWEPT_BYTES = SHARD_KEY_BYTES + 4

/** The place of one watermark. */
export interface SweptShard extends ShardKey {
  /** Of the watermark, in the shard. */
  readonly offset: number
}

export function packSwept(shards: readonly SweptShard[]): Uint8Array {
  const packed = new Uint8Array(shards.length * SWEPT_BYTES)
  const view = new DataView(packed.buffer)
  for (const [i, shard] of shards.entries()) {
    packed.set(shardKeyBytes(shard), i * SWEPT_BYTES)
    view.setUint32(i * SWEPT_BYTES + SHARD_KEY_BYTES, shard.offset)
  }
  return packed
}

/** A rest that is no whole entry is left out. */
export function unpackSwept(packed: Uint8Array): SweptShard[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  return Array.from({ length: Math.floor(packed.length / SWEPT_BYTES) }, (_, i) => ({
    segment: packed.slice(i * SWEPT_BYTES, i * SWEPT_BYTES + SHARD_KEY_BYTES - 1),
    index: packed[i * SWEPT_BYTES + SHARD_KEY_BYTES - 1] ?? 0,
    offset: view.getUint32(i * SWEPT_BYTES + SHARD_KEY_BYTES),
  }))
}
