/**
 * Byte strings: comparison, hex, concatenation. Nothing here is secret-dependent in time.
 *
 * @module
 */

const DIGITS = '0123456789abcdef'
/** Code of each digit. */
const CODES = Array.from(DIGITS, (digit) => digit.charCodeAt(0))
const NO_DIGIT = 0xff
/** Value of each code, or {@link NO_DIGIT}. */
const VALUES = Uint8Array.from({ length: 256 }, (_, code) => (CODES.includes(code) ? CODES.indexOf(code) : NO_DIGIT))
/** Bytes made into text at a time: each digit is an argument of a call, and calls take so many. */
const HEX_PART_BYTES = 4096

/** Lower-case hex. Made in one go: what is added up digit by digit has to be copied together before it can be a key of a map. */
export function hexOf(bytes: Uint8Array): string {
  if (bytes.length > HEX_PART_BYTES) return hexOf(bytes.subarray(0, HEX_PART_BYTES)) + hexOf(bytes.subarray(HEX_PART_BYTES))
  const codes: number[] = []
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    codes.push(CODES[byte >>> 4] as number, CODES[byte & 0xf] as number)
  }
  return String.fromCharCode(...codes)
}

/** Inverse of {@link hexOf}. @throws {RangeError} on anything but an even number of hex digits */
export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >>> 1)
  let isHex = hex.length % 2 === 0
  for (let i = 0; i < bytes.length; i++) {
    const [high, low] = [valueOf(hex, 2 * i), valueOf(hex, 2 * i + 1)]
    isHex &&= high !== NO_DIGIT && low !== NO_DIGIT
    bytes[i] = 16 * high + low
  }
  if (!isHex) throw new RangeError('not lower-case hex')
  return bytes
}

const valueOf = (hex: string, at: number): number => VALUES[hex.charCodeAt(at)] ?? NO_DIGIT

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Lexicographic order, as SQLite and every key-value store orders keys. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export const utf8 = (text: string): Uint8Array => encoder.encode(text)
/** @throws {TypeError} on malformed UTF-8 */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)
