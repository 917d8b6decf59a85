/** Commands by what they do. */
export interface Counts {
  readonly put: number
  readonly get: number
  readonly rm: number
}

/** What the checker found. */
export interface Found {
  readonly done: Counts
  /** Ended with an error, which is no harm by itself. */
  readonly failed: Counts
  /** The first of them, in words. */
  readonly told: readonly string[]
  /** Read, and not what was acknowledged. */
  readonly wrong: readonly string[]
  /** At the end, when all faults were over. */
  readonly unreadable: readonly string[]
  /** The longest time in which no command was done, until it was told to stop. */
  readonly longestPauseSeconds: number
  readonly names: number
  readonly checkedBytes: number
}
