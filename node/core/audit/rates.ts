/**
 * Rates: how often a network has to ask so that it keeps what it promises, and what that costs on the wire.
 *
 * Draws come at exponential times, so their number in any time t is Poisson with mean λ = t / interval. A draw meets one of the lost
 * leaves with probability f, so the meetings are Poisson too (thinning), with mean λ f, and
 *
 *   P(found within T) = 1 − e^(−λ f) ≥ p   ⇔   interval ≤ T · f / −ln(1 − p)
 *
 * For 1 %, 0.99 and 24 h that is 187.6 s, 460.5 draws a day, whatever the provider holds. Draws at even times would need 458.2: being
 * unpredictable costs half a percent.
 *
 * @module
 */
import { leafCount } from '../merkle/tree.ts'
import { LIMITS } from '../model/limits.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What a network says that its audits find, and what they may cost. */
export interface AuditPromise {
  /** Silent loss that is to be found: a fraction of a provider's leaves, 0..1. */
  readonly lostFraction: number
  /** … with at least this probability, 0..1. */
  readonly probability: number
  /** … within this time. */
  readonly withinMs: number
  /** Bytes of draws, both ways, per provider and day at most. */
  readonly dailyBytes: number
  /** Every shard is swept once in this time. */
  readonly sweepMs: number
}

export const AUDIT_PROMISE: AuditPromise = {
  lostFraction: 0.01,
  probability: 0.99,
  withinMs: DAY_MS,
  dailyBytes: 10_000_000,
  sweepMs: 14 * DAY_MS,
}

/** What documents add to a leaf and its path, bytes: challenge, answer, their signatures. Measured by the test beside. */
export const DRAW_OVERHEAD_BYTES = 900
/** The same for a batch of a sweep: challenge and answer without the entries. */
export const BATCH_OVERHEAD_BYTES = 700
/** One shard in the question of a sweep: ten bytes of its segment, its index, its offset. */
export const SWEEP_ENTRY_BYTES = 16
/** Shards of one provider in one question of a sweep. */
export const SWEEP_BATCH = 4_096
const HASH_BYTES = 34 // as CBOR

/** Mean time between two draws of one provider that keeps the promise, milliseconds. */
export const meanDrawIntervalMs = ({
  lostFraction,
  probability,
  withinMs,
}: Pick<AuditPromise, 'lostFraction' | 'probability' | 'withinMs'>): number => (withinMs * lostFraction) / -Math.log1p(-probability)

/** Probability that draws at exponential times meet a loss: 1 − e^(−f · t / interval). */
export const detectionProbability = (lostFraction: number, timeMs: number, intervalMs: number): number =>
  -Math.expm1((-lostFraction * timeMs) / intervalMs)

/** Bytes of one draw, both ways, from a shard of this length. */
export const drawBytes = (shardBytes: number): number =>
  Math.min(LIMITS.leafBytes, shardBytes) + HASH_BYTES * Math.ceil(Math.log2(leafCount(shardBytes))) + DRAW_OVERHEAD_BYTES

/** What audits move. */
export interface AuditTraffic {
  /** Draws answered by one provider in one day, mean. */
  readonly drawsPerDay: number
  /** Bytes of draws per provider and day, mean. */
  readonly drawBytesPerDay: number
  /** Bytes of the sweep per provider and day. */
  readonly sweepBytesPerDay: number
  /** Bytes of the sweep per shard and round. */
  readonly sweepBytesPerShard: number
}

/** @param shards that one provider holds, of at most `shardBytes` */
export function auditTraffic(promise: AuditPromise, shards: number, shardBytes: number): AuditTraffic {
  const drawsPerDay = DAY_MS / meanDrawIntervalMs(promise)
  const sweepBytes = shards * SWEEP_ENTRY_BYTES + sweepBatches(shards) * BATCH_OVERHEAD_BYTES
  return {
    drawsPerDay,
    drawBytesPerDay: drawsPerDay * drawBytes(shardBytes),
    sweepBytesPerDay: (sweepBytes * DAY_MS) / promise.sweepMs,
    sweepBytesPerShard: shards === 0 ? 0 : sweepBytes / shards,
  }
}

/** True if draws of the largest shards stay within the bytes that the promise allows. */
export const isAffordable = (promise: AuditPromise, shardBytes: number): boolean =>
  auditTraffic(promise, 0, shardBytes).drawBytesPerDay <= promise.dailyBytes

/** The round of the sweep at a moment: what records are born in and what `sweptRegion` counts by. From 1970 on. */
export const sweepRoundAt = (nowMs: number, sweepMs: number = AUDIT_PROMISE.sweepMs): number => Math.floor(nowMs / sweepMs)

/** Questions that one round of the sweep takes at one provider. */
export const sweepBatches = (shards: number): number => Math.ceil(shards / SWEEP_BATCH)

/** How much of a round's order has been asked at a moment, 0 … 1: even pace, all before the last tenth, which is left for who was away. */
export const sweptBy = (nowMs: number, roundStartMs: number, sweepMs: number): number =>
  Math.min(1, Math.max(0, (nowMs - roundStartMs) / (0.9 * sweepMs)))
