/**
 * What a part of the test suite came to.
 *
 * @module
 */
export interface Tally {
  readonly passed: number
  readonly failed: number
  /** Titles of the tests that failed. */
  readonly failures: readonly string[]
  /** What was not run, and why. */
  readonly skipped: readonly string[]
}

export const NOTHING: Tally = { passed: 0, failed: 0, failures: [], skipped: [] }

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      failures: [...a.failures, ...b.failures],
      skipped: [...a.skipped, ...b.skipped],
    }),
    NOTHING,
  )
}

/** The last line of every test command. */
export const closingLine = (tally: Tally): string => `${tally.passed} passed, ${tally.failed} failed`

export function report(tally: Tally): void {
  for (const skipped of tally.skipped) console.log(`skipped: ${skipped}`)
  for (const failure of tally.failures) console.log(`failed: ${failure}`)
  console.log(closingLine(tally))
}
