/**
 * Errors that a caller can act on. Match on `code`: codes are stable, messages are not.
 *
 * Programmer errors are assertions, never a LunarError.
 *
 * @module
 */
import { ERRORS, type ErrorCode } from './error-codes.ts'

export interface ErrorOptions {
  /** What the caller saw or sent. Never a secret. JSON values only. */
  readonly detail?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  /** Where this very failure lasts although its code usually passes: wrong credentials of a backend. Stays in the process. */
  readonly retryable?: boolean
}

export class LunarError extends Error {
  readonly code: ErrorCode
  /** True if the same call may succeed later without a change by the caller. */
  readonly retryable: boolean
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'LunarError'
    this.code = code
    this.retryable = options.retryable ?? ERRORS[code].retryable
    this.detail = options.detail ?? {}
  }
}

export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is LunarError {
  return error instanceof LunarError && codes.includes(error.code)
}
