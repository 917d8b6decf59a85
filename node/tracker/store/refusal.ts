/**
 * What databases, and the system between, say when they refuse, as our errors: who has to act, and whether another try may help. Pure.
 *
 * Codes are the SQLSTATEs of PostgreSQL (appendix A of its manual), those that CockroachDB and YugabyteDB add, and those of the system.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

interface Kind {
  readonly message: string
  readonly codes: RegExp
  readonly isFull?: true
  /** Somebody has to act. */
  readonly isLasting?: true
}

/** The first that fits. */
const KINDS: readonly Kind[] = [
  { message: 'the database had to undo this for another transaction', codes: /^(40001|40P01|40003|55P03|CR000)$/ },
  { message: 'the database takes no writes: a standby, or read-only', codes: /^(25006|READ_ONLY)$/ },
  { message: 'the database is full, or a quota is used up', codes: /^(53100|53400)$/, isFull: true },
  { message: 'the database lets nobody in at the moment', codes: /^(53[0-9A-Z]{3}|57P0[0-5])$/ },
  { message: 'a statement took longer than it may', codes: /^57014$/ },
  { message: 'the database refuses the account: see username and password', codes: /^28[0-9A-Z]{3}$/, isLasting: true },
  { message: 'the database is not there', codes: /^3D000$/, isLasting: true },
  { message: 'the account lacks a right: it must own its tables, or the schema', codes: /^(42501|3F000)$/, isLasting: true },
  {
    message: 'the certificate of the database is not trusted: see sslMode and caFile',
    codes: /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT|ERR_SSL_|HOSTNAME_MISMATCH)/,
    isLasting: true,
  },
  { message: 'the database does not speak TLS: see sslMode', codes: /^NO_TLS$/, isLasting: true },
  { message: 'the connection to the database failed', codes: /^(08[0-9A-Z]{3}|E[A-Z_]{3,})$/ },
  { message: 'the database failed', codes: /^(58|XX)[0-9A-Z]{3}$/ },
]

const SQLSTATE = /^[0-9A-Z]{5}$/

/** SQLSTATE, or the code of the system; what the client tells only in words is given one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' && error.code !== '' ? error.code.slice(0, 100) : undefined
  if (code !== undefined) return code
  if (/does not support SSL/.test(error.message)) return 'NO_TLS'
  return /terminated|timeout expired|not queryable|establishing an SSL/i.test(error.message) ? 'ECONNRESET' : undefined
}

/**
 * @param operation for messages
 * @returns STORE_FAILED or FULL; a LunarError as it is
 */
export function refusalOf(operation: string, cause: unknown): LunarError {
  if (cause instanceof LunarError) return cause
  const server = codeOf(cause)
  const detail = { operation, ...(server === undefined ? {} : { server }) }
  const kind = KINDS.find(({ codes }) => server !== undefined && codes.test(server))
  if (kind?.isFull) return new LunarError('FULL', kind.message, { detail, cause })
  const isPassing = kind ? !kind.isLasting : server === undefined || !SQLSTATE.test(server)
  return new LunarError('STORE_FAILED', kind?.message ?? 'the database refused a statement', { detail, cause, retryable: isPassing })
}

/** Another try may help. A database that is full is not asked again at once. */
export const isPassing = (error: unknown): boolean => error instanceof LunarError && error.retryable && error.code === 'STORE_FAILED'
