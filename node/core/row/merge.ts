/**
 * Merging the heads of a row: the union of what replicas hold, less what a head has seen. No agreement, no order of arrival.
 *
 * For clocks of well-behaved writers ({@link nextClock}) the merge is commutative, associative and idempotent, so that replicas that
 * exchange heads end alike. For any clocks at all, even of a broken or lying author, a commit is dropped only for a head that has
 * seen it: what nothing supersedes is never lost.
 *
 * @module
 */
import { compareBytes, hexOf } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { LIMITS } from '../model/limits.ts'
import type { RowCommit } from './commit.ts'

/** Where a commit stands in the history of its row. */
export type Version = Pick<RowCommit, 'writer' | 'clock'>

/** A commit with its document id. */
export interface Head extends Version {
  readonly id: Uint8Array
}

/** Writers that a clock can name (see {@link RowCommit}). */
const CLOCK_WRITERS = 64

/** The counter of a commit among those of its own writer; 0 if its clock leaves the writer out. */
const counterOf = (version: Version): number => version.clock[hexOf(version.writer)] ?? 0

const hasSeen = (a: Version, b: Version): boolean => (a.clock[hexOf(b.writer)] ?? 0) >= counterOf(b)

/** True if `a` was written by somebody who had seen `b`, and not the other way round: then `b` is no head beside `a`. */
export const supersedes = (a: Version, b: Version): boolean => hasSeen(a, b) && !hasSeen(b, a)

/**
 * The heads of `existing` and `incoming` together, in order of id.
 * @param limit heads that may stand side by side
 * @throws {LunarError} TOO_MANY_HEADS: then nothing may be dropped, and `incoming` is refused as a whole
 */
export function mergeHeads<T extends Head>(existing: readonly T[], incoming: readonly T[], limit: number = LIMITS.rowHeads): T[] {
  const byId = new Map<string, T>()
  for (const head of [...existing, ...incoming]) byId.set(hexOf(head.id), head)
  let heads = [...byId.values()]
  for (;;) {
    const top = heads.filter((head) => !heads.some((other) => supersedes(other, head)))
    const kept = heads.filter((head) => !top.some((other) => supersedes(other, head)))
    if (kept.length === heads.length) break
    heads = kept
  }
  if (heads.length > limit)
    throw new LunarError('TOO_MANY_HEADS', 'the row has too many heads side by side', { detail: { heads: heads.length, limit } })
  return heads.sort((a, b) => compareBytes(a.id, b.id))
}

/**
 * The clock of a commit that replaces `heads`. Its counter is above every counter in sight, so that counters tell old writers from
 * new ones: beyond 64 writers those with the lowest counters are left out, never the writers of `heads`.
 */
export function nextClock(heads: readonly Version[], writer: Uint8Array): RowCommit['clock'] {
  const seen = new Map<string, number>()
  for (const { clock } of heads) for (const [name, counter] of Object.entries(clock)) seen.set(name, Math.max(counter, seen.get(name) ?? 0))
  const next = 1 + Math.max(0, ...seen.values())
  const needed = new Set([hexOf(writer), ...heads.map((head) => hexOf(head.writer))])
  seen.set(hexOf(writer), next)
  const ranked = [...seen].sort(([a, m], [b, n]) => Number(needed.has(b)) - Number(needed.has(a)) || n - m || (a < b ? -1 : 1))
  return Object.fromEntries(ranked.slice(0, CLOCK_WRITERS))
}
