/**
 * What the API server answered when it did not do what it was asked. Match on `status`; `reason` is Kubernetes' own word.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

export class ApiError extends LunarError {
  /** HTTP status. */
  readonly status: number
  /** E.g. NotFound, AlreadyExists, Conflict, Expired. */
  readonly reason: string

  constructor(status: number, reason: string, message: string, request: string) {
    super('CLUSTER_REFUSED', message, { detail: { status, reason, request } })
    this.name = 'ApiError'
    this.status = status
    this.reason = reason
  }

  /** The same, with the object that was refused said first: what a webhook says does not name it. */
  about(object: string): ApiError {
    return new ApiError(this.status, this.reason, `${object}: ${this.message}`, String(this.detail['request']))
  }
}

export const hasStatus = (error: unknown, ...statuses: readonly number[]): error is ApiError =>
  error instanceof ApiError && statuses.includes(error.status)

/** The answer's body is a `Status` object, or text of a proxy. */
export function apiErrorOf(status: number, body: string, request: string): ApiError {
  try {
    const { reason, message } = JSON.parse(body) as { readonly reason?: string; readonly message?: string }
    return new ApiError(status, reason ?? 'Unknown', message ?? `the API server answered ${status}`, request)
  } catch {
    return new ApiError(status, 'Unknown', `the API server answered ${status}: ${body.slice(0, 200)}`, request)
  }
}
