/**
 * What HDFS says when it refuses, and what that means to us. Pure.
 *
 * The server's own words name paths, users and addresses: they are the `cause`, which stays in the process; `detail.server` is the name
 * of the exception alone. A token is in none of them: HDFS names tokens by number.
 *
 * @module
 */
import { hasCode, LunarError } from '@lunarx/core/model'

/** An answer with a status of 400 or more. */
export class Refusal extends Error {
  readonly status: number
  /** `FileNotFoundException`; '' when the answer is not one of HDFS. */
  readonly exception: string

  constructor(status: number, exception: string, message: string) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.exception = exception
  }
}

const MAX_MESSAGE = 500

/** @param body `{"RemoteException": {"exception", "javaClassName", "message"}}`, or whatever a gateway says */
export function refusal(status: number, body: string): Refusal {
  try {
    const { RemoteException: remote } = JSON.parse(body) as { RemoteException?: { exception?: unknown; message?: unknown } }
    if (typeof remote?.exception === 'string')
      return new Refusal(status, remote.exception.slice(0, 100), String(remote.message).slice(0, MAX_MESSAGE))
  } catch {
    // not JSON: an error page
  }
  return new Refusal(status, '', body.slice(0, MAX_MESSAGE))
}

const OVER_QUOTA = /^(DSQuotaExceeded|NSQuotaExceeded|QuotaByStorageTypeExceeded|QuotaExceeded|DiskOutOfSpace)Exception$/
/** Somebody has to act: rights, credentials, configuration. */
const LASTING =
  /^(AccessControl|Authorization|Authentication|Security|IllegalArgument|UnsupportedOperation|InvalidToken|ParentNotDirectory|SnapshotAccessControl|InvalidPath)Exception$/
/** Among the many meanings of an IOException: our blocks are too small for this name node. */
const TOO_SMALL_BLOCK = /Specified block size is less than configured minimum/
/** Of node:tls: whom we reach is not whom we trust. */
const UNTRUSTED = /CERT|UNABLE_TO_(GET|VERIFY)|SELF_SIGNED|^ERR_TLS/
const NO_TARGET = /could only be (written|replicated) to \d+ /

/** The name node is on standby, or about to be active: another one may be active. */
export const isElsewhere = (error: unknown): boolean =>
  error instanceof Refusal && (error.exception === 'StandbyException' || error.exception === 'RetriableException')

export const isMissing = (error: unknown): boolean => error instanceof Refusal && error.exception === 'FileNotFoundException'

export const isThere = (error: unknown): boolean => error instanceof Refusal && error.exception === 'FileAlreadyExistsException'

/** No data node takes the block: for want of space, or because too few of them are alive. */
export const hasNoTarget = (error: unknown): boolean => error instanceof Refusal && NO_TARGET.test(error.message)

/** The token is unknown, cancelled or too old. */
export const isTokenRefused = (error: unknown): boolean =>
  error instanceof Refusal && (error.status === 401 || /\bInvalidToken\b/.test(`${error.exception} ${error.message}`))

/** As an error of ours; what is one already is passed on. */
export function failure(operation: string, cause: unknown): LunarError {
  if (hasCode(cause, 'BAD_CONFIG'))
    return new LunarError('STORE_FAILED', 'the token for the backend cannot be read', { cause, detail: { operation }, retryable: false })
  if (cause instanceof LunarError) return cause
  return cause instanceof Refusal ? refused(operation, cause) : broken(operation, cause)
}

function refused(operation: string, cause: Refusal): LunarError {
  const { status, exception, message } = cause
  const detail = { operation, server: exception || `HTTP ${status}` }
  if (OVER_QUOTA.test(exception)) return new LunarError('FULL', 'HDFS has no room: a quota is used up', { cause, detail })
  if (isTokenRefused(cause))
    return new LunarError('STORE_FAILED', 'HDFS refuses the user or the token', { cause, detail, retryable: false })
  const isGatewaysNo = exception === '' && status < 500 && status !== 408 && status !== 429
  const isLasting = LASTING.test(exception) || TOO_SMALL_BLOCK.test(message) || isGatewaysNo
  return new LunarError('STORE_FAILED', isLasting ? 'HDFS refuses' : 'HDFS failed', { cause, detail, retryable: !isLasting })
}

/** @param cause of node:http: ECONNREFUSED, ECONNRESET, UNABLE_TO_VERIFY_LEAF_SIGNATURE … */
function broken(operation: string, cause: unknown): LunarError {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  return new LunarError('STORE_FAILED', 'the connection to HDFS failed', {
    cause,
    detail: { operation, ...(code === undefined ? {} : { server: code }) },
    retryable: !(code !== undefined && UNTRUSTED.test(code)),
  })
}
