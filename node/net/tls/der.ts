/**
 * The little of DER (ITU-T X.690) that certificates of peers need: writing tag-length-value, and finding a value inside.
 *
 * Reading is strict: definite lengths, low tag numbers, nothing beyond the end. Certificates are small, so are the limits.
 *
 * @module
 */
import { concatBytes, LunarError } from '@lunarx/core/model'

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  generalizedTime: 0x18,
} as const
/** Context-specific and constructed, `[number]`. */
export const context = (number: number): number => 0xa0 | number

/** No element of a peer's certificate is longer. */
const MAX_BYTES = 0xffff

export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  const { length } = content
  if (length > MAX_BYTES) throw new RangeError('DER element too long')
  const head = length < 0x80 ? [tag, length] : length <= 0xff ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return concatBytes(Uint8Array.from(head), content)
}

/** `1.2.840.…` → OBJECT IDENTIFIER. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [40 * first + second]
  for (const arc of rest) {
    const septets = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) septets.unshift((left & 0x7f) | 0x80)
    bytes.push(...septets)
  }
  return der(TAG.oid, Uint8Array.from(bytes))
}

/** YYYYMMDDHHMMSSZ */
export const generalizedTime = (timeMs: number): Uint8Array =>
  der(TAG.generalizedTime, Buffer.from(`${new Date(timeMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))

export interface Element {
  readonly tag: number
  readonly content: Uint8Array
  /** Tag, length and content. */
  readonly whole: Uint8Array
}

/** The elements that follow each other in `bytes`. @throws {LunarError} BAD_MESSAGE */
export function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length;) {
    const { headBytes, contentBytes } = lengths(bytes, at)
    const end = at + headBytes + contentBytes
    if (end > bytes.length) throw malformed()
    found.push({ tag: bytes[at] ?? 0, content: bytes.subarray(at + headBytes, end), whole: bytes.subarray(at, end) })
    at = end
  }
  return found
}

const malformed = (): LunarError => new LunarError('BAD_MESSAGE', 'malformed DER')

function lengths(bytes: Uint8Array, at: number): { headBytes: number; contentBytes: number } {
  const [tag = 0x1f, first = 0x80, second = 0, third = 0] = bytes.subarray(at, at + 4)
  if ((tag & 0x1f) === 0x1f) throw malformed()
  if (first < 0x80) return { headBytes: 2, contentBytes: first }
  if (first === 0x81 && second >= 0x80) return { headBytes: 3, contentBytes: second }
  if (first === 0x82 && second > 0) return { headBytes: 4, contentBytes: second * 256 + third }
  throw malformed()
}
