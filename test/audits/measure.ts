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
  /** Time in which 99 of 100 are found, minutes: by the formula, and measured; share of the trials that the formula's time suffices for. */
  readonly slowMin?: { readonly formula: number; readonly measured: number; readonly share: number }
  readonly beside?: readonly Beside[]
  /** Of a row that was measured by itself, and not with the others of its report. */
  readonly commit?: string
}

/** What is counted beside it. */
export interface Beside {
  readonly what: string
  readonly count: number
  /** So many it has to be, or the attack was none, or does more harm than is looked for. Default: any number. */
  readonly due?: number | 'some'
}

/** Two-sided, 1 in 10,000. Seeds are fixed, so the outcome is too. */
const Z = 3.89

/** 99 of 100, as the promise has it. */
export const SLOW = 0.99

/** True if it was found as often as the formula says, in as long a time, and what is counted beside it is as it has to be. */
export function isAsExpected({ expected, measured, trials, slowMin, beside = [] }: Attack): boolean {
  return (
    isLikely(expected, measured, trials) &&
    (!slowMin || isLikely(SLOW, slowMin.share, trials)) &&
    beside.every(({ count, due }) => due === undefined || (due === 'some' ? count > 0 : count === due))
  )
}

/** True if so many of these trials are what chance makes of the expected share; of 0 and of 1 it makes nothing else. */
function isLikely(expected: number, measured: number, trials: number): boolean {
  if (expected === 0 || expected === 1) return measured === expected
  return Math.abs(measured - expected) <= Z * Math.sqrt((expected * (1 - expected)) / trials) + 0.5 / trials
}

/** The middle of all, those that never came included (as infinity). */
export const medianOf = (values: readonly (number | undefined)[]): number => quantileOf(values, 0.5)

/** @param share of all values that are not above it, 0..1 */
export function quantileOf(values: readonly (number | undefined)[], share: number): number {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Infinity
}
