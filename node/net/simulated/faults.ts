/**
 * What a simulated network does to messages.
 *
 * @module
 */
export interface Faults {
  /** Chance that a message is lost: the call then times out, or its connection breaks before. 0 … 1. */
  readonly dropRate: number
  /** Chance that a body is cut at a chunk. 0 … 1. */
  readonly cutRate: number
  /** Travel time of a message, one way. Milliseconds. */
  readonly delayMs: readonly [number, number]
  /** Bytes per millisecond of a body. */
  readonly bandwidth: number
}

export const NO_FAULTS: Faults = { dropRate: 0, cutRate: 0, delayMs: [0.2, 2], bandwidth: 100_000 }

/** Time after which a connection to a host that does not answer is given up. */
export const CONNECT_MS = 5_000

/** Time after which a connection on which nothing moves is given up. */
export const STALL_MS = 15_000
