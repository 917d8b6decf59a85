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
  /** Objects that were written before all else and never again, and how often one of them was read: each at the end, too. */
  readonly writtenOnce: { readonly objects: number; readonly bytes: number; readonly reads: number }
  readonly names: number
  readonly checkedBytes: number
}
