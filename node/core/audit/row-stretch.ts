/**
 * What a draw asks of rows: everything follows from its seed, so that neither who asks nor who answers chooses.
 *
 * The seed gives the partition (weighted by rows), a point among the tokens of rows behind which the stretch begins (it goes round: a
 * partition of fewer heads is in it whole), the head of it that is asked, and the other replica that is asked for the same. Roots are
 * over stretches and not over all that a provider holds, since that changes while it is hashed: docs/adr/0020-audit-rows-by-stretches.md
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import { leftLeaves, hashNode, hashTree } from '../merkle/tree.ts'
import { provePath } from '../merkle/path.ts'
import { equalBytes, utf8 } from '../model/bytes.ts'
import { itemAt } from '../model/item.ts'
import { scaled, wordAt } from './schedule.ts'

const DRAWS = utf8('lunarx/row-draws/1\0')
const POINT = utf8('lunarx/row-point/1\0')
const LEAF = utf8('lunarx/row-leaf/1\0')
const ROOT = utf8('lunarx/row-root/1\0')

/** What draws of rows follow from as those of shards follow from the beacon's value, which this comes from. */
export const rowDrawsValue = (value: Uint8Array, crypto: CryptoEngine): Uint8Array => crypto.hmacSha256(value, DRAWS)

/** The partition that is drawn, by place; undefined: there are no rows. @param rows of each partition */
export function drawnPartition(seed: Uint8Array, rows: readonly number[]): number | undefined {
  let at = scaled(
    wordAt(seed, 1),
    rows.reduce((sum, one) => sum + one, 0),
  )
  const found = rows.findIndex((one) => (at -= one) < 0)
  return found === -1 ? undefined : found
}

/** The stretch begins with the first row whose token is behind this, 32 bytes. */
export const stretchPoint = (seed: Uint8Array, crypto: CryptoEngine): Uint8Array => crypto.hmacSha256(seed, POINT)

/** The head that is asked. @param leaves of the stretch */
export const drawnHead = (seed: Uint8Array, leaves: number): number => scaled(wordAt(seed, 2), leaves)

/** The other replica that is asked, by place. @param replicas at least one */
export const drawnReplica = (seed: Uint8Array, replicas: number): number => scaled(wordAt(seed, 3), replicas)

/** The root over heads in their order. @param ids of their commits, at least one */
export const rowRoot = (ids: readonly Uint8Array[], crypto: CryptoEngine): Uint8Array =>
  boundRoot(ids.length, hashTree(leavesOf(ids, crypto), 0, ids.length, crypto), crypto)

/** The path of one head. */
export const rowPath = (ids: readonly Uint8Array[], leaf: number, crypto: CryptoEngine): Uint8Array[] =>
  provePath(leavesOf(ids, crypto), leaf, 1, crypto)

/** True if this commit is the head at this place under the root. */
export function isUnderRoot(
  { root, leaves }: { readonly root: Uint8Array; readonly leaves: number },
  leaf: number,
  commit: Uint8Array,
  path: readonly Uint8Array[],
  crypto: CryptoEngine,
): boolean {
  if (leaf >= leaves) return false
  let used = 0
  const visit = (from: number, count: number): Uint8Array | undefined => {
    if (leaf < from || leaf >= from + count) return path[used++]
    if (count === 1) return crypto.sha256(LEAF, commit)
    const left = leftLeaves(count)
    const [before, behind] = [visit(from, left), visit(from + left, count - left)]
    return before && behind && hashNode(before, behind, crypto)
  }
  const top = visit(0, leaves)
  return top !== undefined && used === path.length && equalBytes(boundRoot(leaves, top, crypto), root)
}

const leavesOf = (ids: readonly Uint8Array[], crypto: CryptoEngine): Uint8Array[] => ids.map((_, i) => crypto.sha256(LEAF, itemAt(ids, i)))

function boundRoot(leaves: number, top: Uint8Array, crypto: CryptoEngine): Uint8Array {
  const count = new Uint8Array(4)
  new DataView(count.buffer).setUint32(0, leaves)
  return crypto.sha256(ROOT, count, top)
}
