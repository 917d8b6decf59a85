/**
 * How many nines the sets of a network have, by the speed at which it was seen to repair. Pure.
 *
 * An upper bound: single providers are lost, each by itself, at an assumed rate. A loss is taken for silence, so that repair begins after
 * `rebuildAfter`, at margin 0 after `lost`; then it takes what the fullest provider holds, at the measured speed. See
 * core/placement/durability for the chain.
 *
 * @module
 */
import { lossesPerYear, YEAR_MS, type CodeShape } from '@lunarx/core/placement'

/** More than these say nothing more. */
export const MOST_NINES = 99

export interface Repairing {
  /** Codes of the classes. */
  readonly codes: readonly CodeShape[]
  /** Providers of one that lose in a year what they hold, an assumption. */
  readonly annualLosses: number
  readonly lostMs: number
  readonly rebuildAfterMs: number
  /** What the fullest provider holds. */
  readonly fullestBytes: number
  /** Measured, of all trackers together. */
  readonly bytesPerSecond: number
}

/** @returns n: of 10ⁿ sets of the class that comes out worst at most one is lost in a year; whole, 0 … 99 */
export function estimateNines({ codes, annualLosses, lostMs, rebuildAfterMs, fullestBytes, bytesPerSecond }: Repairing): number {
  const repairMs = Math.max(1_000, (fullestBytes / bytesPerSecond) * 1000)
  const times = {
    rate: annualLosses / YEAR_MS,
    window: Math.max(lostMs, rebuildAfterMs) + repairMs,
    urgentWindow: lostMs + repairMs,
  }
  const losses = codes.map((code) => lossesPerYear(code, times))
  return Math.min(MOST_NINES, Math.max(0, Math.floor(-Math.log10(Math.max(...losses)))))
}
