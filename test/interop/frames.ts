/**
 * Frames as somebody else would write and read them: type (1 byte), length (4 bytes, big-endian), DAG-CBOR.
 *
 * @module
 */
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { z } from 'zod'

export const HELLO = 1
export const QUESTION = 2
export const ANSWER = 5
export const ERROR = 6

export interface Frame {
  readonly type: number
  readonly head: unknown
}

export function frame(type: number, head: unknown): Buffer {
  const payload = encodeBytes(head)
  const header = Buffer.alloc(5)
  header.writeUInt8(type)
  header.writeUInt32BE(payload.length, 1)
  return Buffer.concat([header, payload])
}

/** The whole frames at the start of these bytes. */
export function framesOf(bytes: Buffer): Frame[] {
  const found: Frame[] = []
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + bytes.readUInt32BE(at + 1)
    if (end > bytes.length) break
    found.push({ type: bytes.readUInt8(at), head: parseBytes(z.unknown(), Uint8Array.from(bytes.subarray(at + 5, end))) })
    at = end
  }
  return found
}
