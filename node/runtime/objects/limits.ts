/**
 * What bounds the use of a backend. Milliseconds and bytes as named.
 *
 * @module
 */
import { LIMITS } from '@lunarx/core/model'

/** How long a backend is asked before it counts as failed. */
export interface Patience {
  /** Tries of one operation. */
  readonly attempts: number
  /** Doubles with each failure. */
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  /** One try takes this long at most, and for each byte that it moves as long as at the slowest pace. */
  readonly attemptMs: number
}

export const PATIENCE: Patience = { attempts: 5, firstPauseMs: 200, maxPauseMs: 5_000, attemptMs: 20_000 }

export const OBJECT_LIMITS = {
  /** The largest object: the largest shard with leaf hashes and record behind it. */
  objectBytes: LIMITS.segmentInFlightBytes + 16 * 1024 * 1024,
  /** What `claim` writes and reads. */
  claimBytes: 4096,
  /** Names in a page of a listing, as many as S3 and HDFS give. */
  pageNames: 1000,
  /** The pace that the time limit of a try allows for. */
  slowestBytesPerMs: 1_000,
  /** Operations at a time, and how many more may wait. */
  concurrent: 32,
  /** Writes among them: each may keep a part of an object in memory. */
  concurrentPuts: 8,
  queued: 4_096,
} as const
