/**
 * Frames: type (1 byte) ‖ length (4 bytes, big endian) ‖ payload. They know nothing of what carries them: TLS, a libp2p stream,
 * later a WebSocket. Byte by byte in docs/PROTOCOL.md.
 *
 * @module
 */
import { LIMITS, LunarError } from '@lunarx/core/model'

export const FRAME = {
  /** CBOR of HELLO: my credential. First frame of each side of a connection. */
  hello: 1,
  /** CBOR head of a question. */
  question: 2,
  /** Bytes of a body. */
  chunk: 3,
  /** End of a body. Empty. */
  end: 4,
  /** CBOR head of an answer. */
  answer: 5,
  /** CBOR of {code, message, detail}, instead of an answer, or in the middle of a body. */
  error: 6,
} as const
export type FrameType = (typeof FRAME)[keyof typeof FRAME]

export const HEADER_BYTES = 5

/** Longest payload of each type. Bytes. */
export const MAX_PAYLOAD_BYTES: Readonly<Record<FrameType, number>> = {
  [FRAME.hello]: LIMITS.controlMessageBytes,
  [FRAME.question]: LIMITS.dataHeadBytes,
  [FRAME.chunk]: LIMITS.dataFrameBytes,
  [FRAME.end]: 0,
  [FRAME.answer]: LIMITS.dataHeadBytes,
  [FRAME.error]: LIMITS.controlMessageBytes,
}

export interface FrameHeader {
  readonly type: FrameType
  /** Of the payload. Bytes. */
  readonly length: number
}

export function encodeHeader(type: FrameType, length: number): Uint8Array {
  checkLength(type, length, MAX_PAYLOAD_BYTES[type])
  return Uint8Array.of(type, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff)
}

/**
 * @param bytes the 5 bytes of a header
 * @param maxBytes a tighter limit of what carries the frame
 * @throws {LunarError} BAD_MESSAGE unknown type, or longer than its type or its carrier allows
 */
export function decodeHeader(bytes: Uint8Array, maxBytes = Number.POSITIVE_INFINITY): FrameHeader {
  const [type = 0, a = 0, b = 0, c = 0, d = 0] = bytes
  const length = a * 0x1000000 + b * 0x10000 + c * 0x100 + d
  if (!isFrameType(type)) throw new LunarError('BAD_MESSAGE', 'a frame of an unknown type', { detail: { type } })
  checkLength(type, length, Math.min(MAX_PAYLOAD_BYTES[type], maxBytes))
  return { type, length }
}

const isFrameType = (type: number): type is FrameType => type in MAX_PAYLOAD_BYTES

function checkLength(type: FrameType, length: number, maxBytes: number): void {
  if (length > maxBytes) throw new LunarError('BAD_MESSAGE', 'a frame is too long', { detail: { type, length, maxBytes } })
}
