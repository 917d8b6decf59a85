/**
 * How fast shards are read again: so that a pass is done in its time, never faster than a share of the time allows, and later when
 * there is other work.
 *
 * Pure.
 *
 * @module
 */
export interface ScrubConfig {
  /** Every shard is read once in this time. Milliseconds. */
  readonly periodMs: number
  /** At least this fast while a pass is under way, though less would do. Bytes per second. */
  readonly bytesPerSecond: number
  /** Share of the time that may be spent reading, 0 to 1: a slow disk is read more slowly still. Wins over the other two. */
  readonly maxShare: number
}

/** How far a pass has come. */
export interface Pass {
  /** Share of the shards that were read, 0 to 1. */
  readonly doneShare: number
  /** Since its beginning. */
  readonly elapsedMs: number
}

/** A pass aims to be done in this share of its time: the rest is for restarts and busy hours. */
const AIM = 0.9
/** A pass that is late by less than this share of its time still makes way for other work. */
const SLACK = 0.05
/** What is left when the aim is missed is spread over this share. */
const HASTE = 0.01

/** Bytes per second that bring the pass to its end in time. */
export function rateOf({ doneShare, elapsedMs }: Pass, usedBytes: number, { periodMs, bytesPerSecond }: ScrubConfig): number {
  const leftMs = Math.max(AIM * periodMs - elapsedMs, HASTE * periodMs)
  return Math.max(bytesPerSecond, (usedBytes * (1 - doneShare) * 1_000) / leftMs)
}

/** Pause after reading so many bytes in so long. Milliseconds. */
export function pauseMs(read: { readonly bytes: number; readonly tookMs: number }, rate: number, { maxShare }: ScrubConfig): number {
  return Math.max((read.bytes / rate) * 1_000 - read.tookMs, read.tookMs * (1 / maxShare - 1), 0)
}

/** So late that it goes on beside other work. */
export function isLate({ doneShare, elapsedMs }: Pass, { periodMs }: ScrubConfig): boolean {
  return elapsedMs > (AIM * doneShare + SLACK) * periodMs
}
