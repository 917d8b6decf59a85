/**
 * compare-inventory: which ranges of a provider's inventory are known otherwise here, or want a record. Hashes what is believed of
 * the provider, in slices that a busy tracker can afford. Pure.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { rangeDigest } from '@lunarx/core/inventory'
import type { PeerId } from '@lunarx/core/membership'
import { compareBytes, equalBytes, LunarError } from '@lunarx/core/model'
import type { AnswerOf, compareInventory, QuestionOf } from '@lunarx/wire'
import { endOfRange } from './plan-range.ts'
import type { StatementTable } from './statement-table.ts'

/** After so many shards the rest of a question is left for the next: some 30 ms. */
const SLICE_SHARDS = 131_072
/** A range with more is not hashed: the provider divides it. */
const RANGE_SHARDS = 16_384

export interface CompareRangesDeps {
  readonly table: StatementTable
  readonly crypto: CryptoEngine
  /** A set, by its row, of which the provider is to be asked for more. */
  readonly isWanting: (set: number) => boolean
}

/** @throws {LunarError} BAD_MESSAGE: a range ends before it begins */
export function compareRanges(
  peer: PeerId,
  { from, ranges }: Pick<QuestionOf<typeof compareInventory>, 'from' | 'ranges'>,
  deps: CompareRangesDeps,
): AnswerOf<typeof compareInventory> {
  const differing: { at: number; shards: number }[] = []
  let [start, hashed, compared] = [from, 0, 0]
  for (const { until, digest } of ranges) {
    if (hashed >= SLICE_SHARDS) break
    const end = endOfRange(until)
    const isLast = compared === ranges.length - 1
    if (end ? compareBytes(start, end) >= 0 : !isLast) throw new LunarError('BAD_MESSAGE', 'ranges of an inventory are not in order')
    const shards = deps.table.count(peer, start, end)
    const isHashed = shards <= RANGE_SHARDS
    if (isHashed) hashed += shards
    if (!isHashed || isOdd(peer, { from: start, end, shards, digest }, deps)) differing.push({ at: compared, shards })
    start = until
    compared++
  }
  return { compared, differing }
}

interface Claimed {
  readonly from: Uint8Array
  readonly end: Uint8Array | undefined
  readonly shards: number
  readonly digest: Uint8Array
}

function isOdd(peer: PeerId, { from, end, shards, digest }: Claimed, { table, crypto, isWanting }: CompareRangesDeps): boolean {
  if (!equalBytes(rangeDigest(table.pack(peer, from, end, shards), crypto), digest)) return true
  for (const row of table.range(peer, from, end)) if (isWanting(table.setOf(row))) return true
  return false
}
