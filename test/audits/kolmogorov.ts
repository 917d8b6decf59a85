/**
 * The test of Kolmogorov and Smirnov: are these times between events those of events that nothing foretells?
 *
 * @module
 */

/** sup |F − F_n| > 1.95 / √n in 1 of 1,000 samples. Seeds are fixed, so the outcome is too. */
const ONE_IN_1000 = 1.95

/** Exponential with this mean, as far as the sample can tell. Milliseconds. */
export const isExponential = (gapsMs: readonly number[], meanMs: number): boolean =>
  distance(gapsMs, (gapMs) => -Math.expm1(-gapMs / meanMs)) * Math.sqrt(gapsMs.length) < ONE_IN_1000

function distance(sample: readonly number[], cdf: (x: number) => number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  return Math.max(...sorted.map((x, i) => Math.max(Math.abs(cdf(x) - i / sorted.length), Math.abs(cdf(x) - (i + 1) / sorted.length))))
}
