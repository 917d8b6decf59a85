/**
 * The SHA-256 tree over leaves of 16 KiB: the shape of RFC 9162 (a node's left side is the largest power of two of leaves below
 * its count), leaf, node and root hashed in separate domains, the length bound into the root.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { itemAt } from '../model/item.ts'
import { LIMITS } from '../model/limits.ts'

const LEAF = Uint8Array.of(0x00)
const NODE = Uint8Array.of(0x01)
const ROOT = Uint8Array.of(0x02)

/** Leaves of a shard of this many bytes; at least one. */
export const leafCount = (shardBytes: number): number => Math.max(1, Math.ceil(shardBytes / LIMITS.leafBytes))

export const hashLeaf = (leaf: Uint8Array, crypto: CryptoEngine): Uint8Array => crypto.sha256(LEAF, leaf)
export const hashNode = (left: Uint8Array, right: Uint8Array, crypto: CryptoEngine): Uint8Array => crypto.sha256(NODE, left, right)

/** The address: SHA-256(2 ‖ length, 8 bytes big-endian ‖ top of the tree). */
export function hashRoot(shardBytes: number, top: Uint8Array, crypto: CryptoEngine): Uint8Array {
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(shardBytes))
  return crypto.sha256(ROOT, length, top)
}

/** Leaves on the left side of a node over `leaves` ≥ 2 leaves. */
export function leftLeaves(leaves: number): number {
  let left = 1
  while (left * 2 < leaves) left *= 2
  return left
}

/** Top of the tree over `hashes[from … from + count)`. */
export function hashTree(hashes: readonly Uint8Array[], from: number, count: number, crypto: CryptoEngine): Uint8Array {
  if (count === 1) return itemAt(hashes, from)
  const left = leftLeaves(count)
  return hashNode(hashTree(hashes, from, left, crypto), hashTree(hashes, from + left, count - left, crypto), crypto)
}
