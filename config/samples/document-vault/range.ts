/**
 * The Range header (RFC 9110, section 14). Pure.
 *
 * @module
 */
import { Refusal } from './refuse.ts'

export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/**
 * One range of bytes, `2-5`, `2-` or `-4`. What is something else is left out, as the RFC has it: then everything is answered.
 * @throws {Refusal} RANGE_NOT_SATISFIABLE: it begins behind the end, or asks for the last 0 bytes
 */
export function rangeOf(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const from = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const until = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  if (from >= until) throw new Refusal(416, 'RANGE_NOT_SATISFIABLE', 'no such bytes', { 'content-range': `bytes */${sizeBytes}` })
  return { offset: from, length: until - from }
}
