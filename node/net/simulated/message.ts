/**
 * Messages as on the wire: DAG-CBOR, bounded, checked by the receiver's schema.
 *
 * @module
 */
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { type ErrorCode, ERRORS, LIMITS, LunarError } from '@lunarx/core/model'
import type { Exchange } from '@lunarx/wire'
import { z } from 'zod'

const refusal = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string' && Object.hasOwn(ERRORS, code)),
  message: z.string().max(1000),
  detail: z.record(z.string(), z.unknown()),
})

const limitOf = (channel: Exchange<unknown, unknown>['channel']): number => (channel === 'control' ? LIMITS.controlMessageBytes : LIMITS.dataHeadBytes)

/** @throws {LunarError} BAD_MESSAGE when it is longer than its channel takes */
export function encodeMessage(channel: Exchange<unknown, unknown>['channel'], value: unknown): Uint8Array {
  const bytes = encodeBytes(value)
  const limitBytes = limitOf(channel)
  if (bytes.length > limitBytes) throw new LunarError('BAD_MESSAGE', 'message is too long for its channel', { detail: { sizeBytes: bytes.length, limitBytes } })
  return bytes
}

export const encodeRefusal = (error: LunarError): Uint8Array => encodeBytes({ code: error.code, message: error.message.slice(0, 1000), detail: jsonOf(error.detail) })

/** The error that the other side threw. @throws {LunarError} BAD_MESSAGE */
export function decodeRefusal(bytes: Uint8Array): LunarError {
  const { code, message, detail } = parseBytes(refusal, bytes)
  return new LunarError(code, message, { detail })
}

/** Details are JSON values by contract; what is not (undefined, say) does not travel. */
const jsonOf = (detail: Readonly<Record<string, unknown>>): unknown => JSON.parse(JSON.stringify(detail))
