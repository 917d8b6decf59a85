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
  readonly names: number
  readonly checkedBytes: number
}
