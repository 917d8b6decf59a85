/**
 * How large a network is simulated, and by which settings.
 *
 * @module
 */
export interface ScaleShape {
  readonly seed: number
  readonly providers: number
  readonly sets: number
  /** Failure domains that bind: each of equally many providers. */
  readonly racks: number
  /** Racks are spread evenly over them. */
  readonly zones: number
  readonly trackers: number
  /** 2d + 1 trackers own a record. */
  readonly copies: number
  readonly required: number
  readonly parity: number
  readonly survive: number
  readonly shardBytes: number
  /** Of each tracker, for sets with shards to spare: `repair.bytesPerSecond` of the network. */
  readonly bytesPerSecond: number
  /** What a tracker moves at most, cap or no cap. */
  readonly linkBytesPerSecond: number
  readonly lostMs: number
  readonly rebuildAfterMs: number
  /** Chance that a provider loses its volume within a year. */
  readonly annualFailureRate: number
  /** Share of the providers whose disks are of the bad batch. */
  readonly badBatch: number
  /** Sets of each network whose shards are placed again; of more, as many are drawn. */
  readonly placedAgain: number
  /** Sets whose fate under many failures is followed beside the formula. */
  readonly followed: number
}

const MIB = 1024 * 1024

/** Defaults of the operator, but for the number of trackers, which is the most that a network may have. */
export const FULL: ScaleShape = {
  seed: 1,
  providers: 100_000,
  sets: 10_000_000,
  racks: 1_000,
  zones: 10,
  trackers: 99,
  copies: 3,
  required: 10,
  parity: 4,
  survive: 4,
  shardBytes: 4 * MIB,
  bytesPerSecond: 52_428_800,
  linkBytesPerSecond: 250e6,
  lostMs: 60_000,
  rebuildAfterMs: 900_000,
  annualFailureRate: 0.04,
  badBatch: 0.01,
  placedAgain: 500_000,
  followed: 1_000_000,
}

export const SMALL: ScaleShape = { ...FULL, providers: 1_000, sets: 10_000, racks: 100, trackers: 9, placedAgain: 2_000, followed: 10_000 }
