/**
 * Byte strings: comparison, hex, concatenation. Nothing here is secret-dependent in time.
 *
 * @module
 */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += HEX[byte] ?? ''
  return out
}

/** Inverse of {@link hexOf}. @throws {RangeError} on anything but an even number of hex digits */
export function bytesOfHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) throw new RangeError('not lower-case hex')
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = 16 * nibbleOf(hex.charCodeAt(2 * i)) + nibbleOf(hex.charCodeAt(2 * i + 1))
  return bytes
}

const DIGIT_0 = 0x30
const LETTER_A = 0x61
const nibbleOf = (code: number): number => (code < LETTER_A ? code - DIGIT_0 : code - LETTER_A + 10)

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
