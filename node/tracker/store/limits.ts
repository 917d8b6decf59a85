/**
 * What bounds the use of a database. Milliseconds and bytes as named.
 *
 * @module
 */
import type { RetryOptions } from '@lunarx/runtime/tasks'

/** How long a database is asked before it counts as failed: some 17 s of pauses, in which a failover usually ends. */
export interface Patience extends Pick<RetryOptions, 'attempts' | 'firstPauseMs' | 'maxPauseMs'> {
  /** To connect, with everything that belongs to it. */
  readonly connectMs: number
  /** The server ends a statement after this. */
  readonly statementMs: number
  /** One try, all its statements: a server that has fallen silent is given up after this. */
  readonly attemptMs: number
}

export const PATIENCE: Patience = {
  attempts: 9,
  firstPauseMs: 100,
  maxPauseMs: 5_000,
  connectMs: 5_000,
  statementMs: 15_000,
  attemptMs: 20_000,
}

export const DATABASE_LIMITS = {
  /** Batches that wait are committed as one up to this; a batch that is larger is committed alone. */
  commitBytes: 8 * 1024 * 1024,
  /** Callers that wait for a connection; the next one gets TOO_MANY_REQUESTS. */
  queued: 4_096,
  /** Silence after which the system asks whether the other side is still there. */
  keepAliveMs: 15_000,
  /** A user name or a password. */
  credentialChars: 4_096,
} as const
