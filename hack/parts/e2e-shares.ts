/**
 * Which end-to-end tests run on which of two lab clusters at once, and in what order: they mostly wait.
 *
 * @module
 */

/** Nothing of these uses the sample network. */
const OF_SECOND = /^test\/e2e\/(api|checker)\/|^test\/e2e\/backends\.test\.ts$/
/**
 * A DApp works without a pause in these, which takes all that there is of the processors: nothing that waits for leases and probes is to
 * run beside them.
 */
export const UNDER_LOAD: readonly string[] = [
  'chaos',
  'delete-pool',
  'drain-node',
  'heal',
  'operator-away',
  'rotate',
  'trackers',
  'upgrade',
].map((name) => `test/e2e/${name}.test.ts`)

export interface Shares {
  /** On the first cluster, beside the second. */
  readonly first: readonly string[]
  readonly second: readonly string[]
  /** On the first cluster, when both have ended. */
  readonly last: readonly string[]
}

/** @param files paths from the root of the tree */
export function shareOut(files: readonly string[]): Shares {
  const second = files.filter((file) => OF_SECOND.test(file))
  const last = files.filter((file) => UNDER_LOAD.includes(file))
  return { first: files.filter((file) => !second.includes(file) && !last.includes(file)), second, last }
}
