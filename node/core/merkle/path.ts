/**
 * Paths: proof that a run of leaves belongs to an address, without the rest of the shard.
 *
 * A path holds the tops of the largest subtrees that no leaf of the run touches, from left to right; for the whole shard it is
 * empty. At most 2 · ⌈log2(leaves)⌉ hashes.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { equalBytes } from '../model/bytes.ts'
import { LIMITS } from '../model/limits.ts'
import { hashLeaf, hashNode, hashRoot, hashTree, leafCount, leftLeaves } from './tree.ts'

/** The path of leaves `first … first + count` of the shard with these leaf hashes. */
export function provePath(leafHashes: readonly Uint8Array[], first: number, count: number, crypto: CryptoEngine): Uint8Array[] {
  if (first < 0 || count < 1 || first + count > leafHashes.length) throw new RangeError('no such leaves in the shard')
  const path: Uint8Array[] = []
  const visit = (from: number, leaves: number): void => {
    if (from + leaves <= first || from >= first + count) path.push(hashTree(leafHashes, from, leaves, crypto))
    else if (leaves > 1) {
      const left = leftLeaves(leaves)
      visit(from, left)
      visit(from + left, leaves - left)
    }
  }
  visit(0, leafHashes.length)
  return path
}

export interface LeafRange {
  readonly address: Uint8Array
  /** Length of the whole shard. */
  readonly shardBytes: number
  readonly firstLeaf: number
  /** Whole leaves; only the shard's last one may be short. */
  readonly bytes: Uint8Array
  readonly path: readonly Uint8Array[]
}

/** True if `bytes` are what the shard of this address has from leaf `firstLeaf` on. False on any malformed input. */
export function verifyRange({ address, shardBytes, firstLeaf, bytes, path }: LeafRange, crypto: CryptoEngine): boolean {
  const total = leafCount(shardBytes)
  const count = leafCount(bytes.length)
  const start = firstLeaf * LIMITS.leafBytes
  if (!Number.isInteger(firstLeaf) || firstLeaf < 0 || firstLeaf + count > total) return false
  if (bytes.length !== Math.min(count * LIMITS.leafBytes, shardBytes - start)) return false

  let used = 0
  /** undefined: the path is too short */
  const visit = (from: number, leaves: number): Uint8Array | undefined => {
    if (from + leaves <= firstLeaf || from >= firstLeaf + count) return path[used++]
    if (leaves === 1)
      return hashLeaf(bytes.subarray((from - firstLeaf) * LIMITS.leafBytes, (from - firstLeaf + 1) * LIMITS.leafBytes), crypto)
    const leftCount = leftLeaves(leaves)
    const left = visit(from, leftCount)
    const right = visit(from + leftCount, leaves - leftCount)
    return left && right && hashNode(left, right, crypto)
  }
  const top = visit(0, total)
  return top !== undefined && used === path.length && equalBytes(hashRoot(shardBytes, top, crypto), address)
}
