/**
 * Which segments a range of an object touches, and which bytes of them. Pure.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

/** Bytes of an object: from `offset` on, `length` of them; to the end if unset. What lies beyond the end is left out. */
export interface ByteRange {
  readonly offset: number
  readonly length?: number | undefined
}

export interface Cut {
  /** Place of the segment in the object. */
  readonly segmentIndex: number
  /** Bytes of the segment: [from, until). */
  readonly from: number
  readonly until: number
}

/** @throws {LunarError} BAD_RANGE: not whole numbers from 0 on */
export function cutSegments(segmentBytes: readonly number[], { offset, length }: ByteRange): Cut[] {
  if (![offset, length ?? 0].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new LunarError('BAD_RANGE', 'not a range of bytes', { detail: { offset, length } })
  const end = length === undefined ? Number.MAX_SAFE_INTEGER : offset + length
  const cuts: Cut[] = []
  let start = 0
  for (const [segmentIndex, bytes] of segmentBytes.entries()) {
    const from = Math.max(0, offset - start)
    const until = Math.min(bytes, end - start)
    if (from < until) cuts.push({ segmentIndex, from, until })
    start += bytes
  }
  return cuts
}
