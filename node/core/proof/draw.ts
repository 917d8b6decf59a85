/**
 * draw: a random leaf of a shard, proved by its bytes and their path. Needs the address alone to verify, may be asked without end.
 *
 * A provider that has lost the fraction f of its leaves answers q draws with probability (1 − f)^q: 460 draws find 1 % in 99 of 100.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { verifyRange } from '../merkle/path.ts'
import { leafCount } from '../merkle/tree.ts'
import { LIMITS } from '../model/limits.ts'

/** The leaf that randomness asks for. @param random at least 8 bytes that the provider could not foresee */
export function drawnLeaf(random: Uint8Array, shardBytes: number): number {
  const draw = new DataView(random.buffer, random.byteOffset, random.length).getBigUint64(0)
  return Number(draw % BigInt(leafCount(shardBytes)))
}

export interface DrawAnswer {
  /** The leaf, whole. */
  readonly bytes: Uint8Array
  readonly path: readonly Uint8Array[]
}

/** True if these are the bytes of the leaf that was asked for. */
export function verifyDraw(
  leaf: number,
  { bytes, path }: DrawAnswer,
  shard: { readonly address: Uint8Array; readonly shardBytes: number },
  crypto: CryptoEngine,
): boolean {
  const expectedBytes = Math.min(LIMITS.leafBytes, shard.shardBytes - leaf * LIMITS.leafBytes)
  return bytes.length === expectedBytes && verifyRange({ ...shard, firstLeaf: leaf, bytes, path: [...path] }, crypto)
}
