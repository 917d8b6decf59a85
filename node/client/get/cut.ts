/**
 * Which bytes of an object are asked for. Pure.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

/** Bytes of an object: from `offset` on, `length` of them; to the end if unset. What lies beyond the end is left out. */
export interface ByteRange {
  readonly offset: number
  readonly length?: number | undefined
}

/** [from, until), never beyond the end; empty when both are the same. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** @throws {LunarError} BAD_RANGE: not whole numbers from 0 on */
export function cut(sizeBytes: number, { offset, length }: ByteRange): Span {
  if (![offset, length ?? 0].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new LunarError('BAD_RANGE', 'not a range of bytes', { detail: { offset, length } })
  const from = Math.min(offset, sizeBytes)
  return { from, until: length === undefined ? sizeBytes : Math.min(sizeBytes, from + length) }
}
