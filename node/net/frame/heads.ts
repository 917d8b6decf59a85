/**
 * The CBOR payloads of frames: what each side says before and around the bytes.
 *
 * @module
 */
import { encodeBytes, parseBytes, signedDocument } from '@lunarx/core/document'
import { ERRORS, type ErrorCode, LIMITS, LunarError } from '@lunarx/core/model'
import { z } from 'zod'

export const helloHead = z.object({ credential: signedDocument })

export const questionHead = z.object({
  exchange: z.string().min(1).max(64),
  question: z.unknown(),
  /** CHUNK frames and an END follow. */
  body: z.boolean(),
  /** Of the asker's trace; what is no `traceparent` is passed over, so that no question fails for it. */
  traceparent: z.unknown().optional(),
})

export const answerHead = z.object({
  answer: z.unknown(),
  /** CHUNK frames and an END follow. */
  body: z.boolean(),
})

const MAX_MESSAGE_CHARS = 1_000
const MAX_DETAIL_BYTES = 16 * 1024

const errorHead = z.object({
  code: z.string().max(64),
  message: z.string().max(MAX_MESSAGE_CHARS),
  detail: z.record(z.string(), z.unknown()),
})

/** @throws {LunarError} BAD_MESSAGE: longer than a head may be */
export function encodeHead(head: unknown, maxBytes: number = LIMITS.dataHeadBytes): Uint8Array {
  const bytes = encodeBytes(head)
  if (bytes.length > maxBytes)
    throw new LunarError('BAD_MESSAGE', 'a message is too long', { detail: { sizeBytes: bytes.length, maxBytes } })
  return bytes
}

/** Never a cause or a stack; a detail that is no JSON or too long is left out. */
export function encodeError(error: LunarError): Uint8Array {
  const head = { code: error.code, message: error.message.slice(0, MAX_MESSAGE_CHARS) }
  try {
    const bytes = encodeBytes({ ...head, detail: JSON.parse(JSON.stringify(error.detail)) })
    if (bytes.length <= MAX_DETAIL_BYTES) return bytes
  } catch {
    // a cycle, or a number that CBOR does not take: the code and message matter more
  }
  return encodeBytes({ ...head, detail: {} })
}

/** A code that this version does not know becomes INTERNAL. @throws {LunarError} BAD_MESSAGE */
export function decodeError(bytes: Uint8Array): LunarError {
  const { code, message, detail } = parseBytes(errorHead, bytes)
  if (isErrorCode(code)) return new LunarError(code, message, { detail })
  return new LunarError('INTERNAL', message, { detail: { ...detail, code } })
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code)
