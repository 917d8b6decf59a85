/**
 * What a listed range of a provider's inventory changes: which statements are dropped because it does not list them, and how far one
 * message may go. Pure.
 *
 * @module
 */
import { SHARD_KEY_BYTES } from '@lunarx/core/inventory'
import type { PeerId } from '@lunarx/core/membership'
import { compareBytes, LunarError } from '@lunarx/core/model'
import type { StatementTable } from './statement-table.ts'

/** Bounds as in the wire: `from` is in it, `until` is not; no bytes are the beginning and the end of all. */
export interface KeyRange {
  readonly from: Uint8Array
  readonly until: Uint8Array
}

export interface RangePlan {
  /** Of what is listed. */
  readonly taken: readonly Uint8Array[]
  readonly dropped: readonly Uint8Array[]
  /** Where to go on; null: the range is done. */
  readonly next: Uint8Array | null
}

/** Statements that one message drops at most: so many removals the store takes in a moment. */
const DROPPED = 4_096

/** Undefined: to the end. */
export const endOfRange = (until: Uint8Array): Uint8Array | undefined => (until.length === 0 ? undefined : until)

/** The packed keys as views. */
export function keysIn(packed: Uint8Array): Uint8Array[] {
  return Array.from({ length: packed.length / SHARD_KEY_BYTES }, (_, i) => packed.subarray(i * SHARD_KEY_BYTES, (i + 1) * SHARD_KEY_BYTES))
}

/** @throws {LunarError} BAD_MESSAGE: the range ends before it begins, or the keys are not in it or not in order */
export function checkRange({ from, until }: KeyRange, held: readonly Uint8Array[]): void {
  let before = from
  for (const [i, key] of held.entries()) {
    const order = compareBytes(before, key)
    if (order > 0 || (order === 0 && i > 0)) throw new LunarError('BAD_MESSAGE', 'keys of an inventory are not in order')
    before = key
  }
  const end = endOfRange(until)
  if (end && compareBytes(before, end) >= 0) throw new LunarError('BAD_MESSAGE', 'a range of an inventory ends before its last key')
}

/** @param since statements with this stamp or a later one stay, listed or not */
export function planRange(
  table: StatementTable,
  peer: PeerId,
  { range, held, since }: { readonly range: KeyRange; readonly held: readonly Uint8Array[]; readonly since: number },
): RangePlan {
  const dropped: Uint8Array[] = []
  let at = 0
  for (const row of table.range(peer, range.from, endOfRange(range.until))) {
    const key = table.key(row)
    while (at < held.length && compareBytes(held[at] as Uint8Array, key) < 0) at++
    const listed = held[at]
    if ((listed && compareBytes(listed, key) === 0) || table.stamp(row) >= since) continue
    if (dropped.length === DROPPED) return { taken: held.slice(0, at), dropped, next: key }
    dropped.push(key)
  }
  return { taken: held, dropped, next: null }
}
