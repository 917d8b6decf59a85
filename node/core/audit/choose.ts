/**
 * What is asked, and who asks: all of it from the beacon, so that nobody who takes part can choose.
 *
 * The seed of a draw gives the shard (weighted by leaves, so that every leaf a provider holds is as likely as any other), the leaf in
 * it, and the order in which verifiers have to ask. The beacon value of a sweep gives the order of the sets.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import type { PeerId } from '../membership/peer-id.ts'
import { compareBytes, utf8 } from '../model/bytes.ts'
import { itemAt } from '../model/item.ts'
import { leafCount } from '../merkle/tree.ts'
import { drawnLeaf } from '../proof/draw.ts'
import { scaled, wordAt } from './schedule.ts'

const VERIFIER = utf8('lunarx/verifier-order/1\0')
const SWEEP = utf8('lunarx/sweep-order/1\0')

/** Somebody who may ask: a tracker, or an outsider that enrolled. */
export interface Verifier {
  readonly peer: PeerId
  /** Its failure domain: those who fail or lie together. */
  readonly domain: string
}

/**
 * Who asks, in order: the first is drawn, the next {@link QUORUM} check what it brought back, and whoever is away is passed over.
 * An order by keyed hash: two trackers whose lists differ by one verifier differ in that one only.
 * @param notIn domains that are left out: the provider's own, and in containment those that have asked
 */
export function verifierOrder(
  seed: Uint8Array,
  verifiers: readonly Verifier[],
  notIn: ReadonlySet<string>,
  crypto: CryptoEngine,
): Verifier[] {
  return verifiers
    .filter(({ domain }) => !notIn.has(domain))
    .map((verifier) => ({ verifier, rank: crypto.hmacSha256(seed, VERIFIER, utf8(verifier.peer)) }))
    .sort((a, b) => compareBytes(a.rank, b.rank))
    .map(({ verifier }) => verifier)
}

/** Verifiers that re-check a transcript besides the one that asked. With fewer enrolled: all of them. */
export const QUORUM = 2

/** Leaves of a provider's shards, as running sums: what a draw is weighted by. 8 bytes per shard. */
export interface LeafColumn {
  /** sums[i] = leaves of shards 0 … i. */
  readonly sums: Float64Array
  readonly shards: number
  readonly leaves: number
}

/** @param shardBytes of every shard that the provider is asked for, in the order of its shard keys */
export function leafColumn(shardBytes: ArrayLike<number>): LeafColumn {
  const sums = new Float64Array(shardBytes.length)
  let leaves = 0
  for (let i = 0; i < shardBytes.length; i++) sums[i] = leaves += leafCount(itemAt(shardBytes, i))
  return { sums, shards: shardBytes.length, leaves }
}

/** The shard of a column that a draw asks, by place. undefined: there is none. */
export function drawnShard(seed: Uint8Array, { sums, shards, leaves }: LeafColumn): number | undefined {
  if (shards === 0) return undefined
  const at = scaled(wordAt(seed, 1), leaves)
  let low = 0
  let high = shards - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (itemAt(sums, middle) <= at) low = middle + 1
    else high = middle
  }
  return low
}

/** The leaf that a draw asks of its shard. */
export const drawnLeafOf = (seed: Uint8Array, shardBytes: number): number => drawnLeaf(seed.subarray(16, 24), shardBytes)

/** Where a set comes in a sweep: ascending. The first 53 bits of a keyed hash: exact in a double, and in an SQL column. */
export function sweepPlace(value: Uint8Array, sweepRound: number, segment: Uint8Array, crypto: CryptoEngine): number {
  const round = new Uint8Array(8)
  new DataView(round.buffer).setBigUint64(0, BigInt(sweepRound))
  const hash = crypto.hmacSha256(value, SWEEP, round, segment)
  return Number(wordAt(hash, 0) >> 11n)
}

/** The sets of a sweep in its order. Two of one place, which 53 bits make rare, come in the order of their ids. */
export function sweepOrder<S extends { readonly segment: Uint8Array }>(
  value: Uint8Array,
  sweepRound: number,
  sets: readonly S[],
  crypto: CryptoEngine,
): S[] {
  return sets
    .map((set) => ({ set, place: sweepPlace(value, sweepRound, set.segment, crypto) }))
    .sort((a, b) => a.place - b.place || compareBytes(a.set.segment, b.set.segment))
    .map(({ set }) => set)
}
