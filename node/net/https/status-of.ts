/**
 * Error codes as HTTP status, and errors as JSON: the same shape for the issuer and the admin API.
 *
 * @module
 */
import { ERRORS, type ErrorCode, LunarError } from '@lunarx/core/model'
import { adminError } from '@lunarx/wire'

const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_MESSAGE: 400,
  BAD_SIGNATURE: 400,
  CREDENTIAL_EXPIRED: 401,
  CREDENTIAL_REQUIRED: 401,
  ENROLMENT_REFUSED: 403,
  INTERNAL: 500,
  TOO_MANY_REQUESTS: 429,
  UNAUTHORIZED: 403,
  UNKNOWN_EXCHANGE: 404,
  UNKNOWN_NETWORK: 404,
}

export const statusOf = ({ code, retryable }: LunarError): number => STATUS[code] ?? (retryable ? 503 : 422)

export const errorJson = ({ code, message, retryable, detail }: LunarError): string =>
  JSON.stringify({ error: { code, message, retryable, detail } })

/** The error in a body that is not an answer. A body that is no error of ours becomes INTERNAL. */
export function errorOfJson(status: number, body: unknown): LunarError {
  const parsed = adminError.safeParse(body)
  if (!parsed.success) return new LunarError('INTERNAL', 'the server answered with an error that is none of ours', { detail: { status } })
  const { code, message, detail } = parsed.data.error
  return Object.hasOwn(ERRORS, code)
    ? new LunarError(code as ErrorCode, message, { detail })
    : new LunarError('INTERNAL', message, { detail: { ...detail, code } })
}
