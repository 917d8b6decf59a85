/**
 * What an attack comes to: how often it was found, beside what the formula says.
 *
 * @module
 */
export interface Attack {
  readonly attack: string
  /** Its name in the white paper, 4.4. */
  readonly paper: string
  /** What is counted. */
  readonly counted: string
  readonly formula: string
  /** By the formula, 0..1. */
  readonly expected: number
  /** Share of the trials, 0..1. */
  readonly measured: number
  readonly trials: number
  /** Time to detect, median, minutes: by the formula, and measured; until a shard counts as missing, where that comes later. */
  readonly medianMin?: { readonly formula: number; readonly measured: number; readonly counted?: number }
  readonly note?: string
}

/** Two-sided, 1 in 10,000. Seeds are fixed, so the outcome is too. */
const Z = 3.89

/** True if so many of these trials are what chance makes of the expected share; of 0 and of 1 it makes nothing else. */
export function isAsExpected({ expected, measured, trials }: Pick<Attack, 'expected' | 'measured' | 'trials'>): boolean {
  if (expected === 0 || expected === 1) return measured === expected
  return Math.abs(measured - expected) <= Z * Math.sqrt((expected * (1 - expected)) / trials) + 0.5 / trials
}

/** The middle of all, those that never came included (as infinity). */
export function medianOf(values: readonly (number | undefined)[]): number {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Infinity
}
