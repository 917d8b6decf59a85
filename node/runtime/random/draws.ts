/**
 * Numbers drawn from a stream of random 32-bit words: the same for the secure and the seeded source.
 *
 * @module
 */

/** Uniform in [0, 1), 53 bits. */
export function uniformOf(word: () => number): number {
  const high = word() >>> 5
  const low = word() >>> 6
  return (high * 2 ** 26 + low) / 2 ** 53
}

/** Uniform integer in [0, bound), bound 1 … 2^53. @throws {RangeError} on any other bound */
export function belowOf(word: () => number, bound: number): number {
  if (!Number.isSafeInteger(bound) || bound < 1) throw new RangeError(`bound ${bound} is not a positive integer`)
  if (bound > 2 ** 32) return Math.floor(uniformOf(word) * bound)
  const fair = 2 ** 32 - (2 ** 32 % bound) // words from here on would favour small numbers
  let drawn = word()
  while (drawn >= fair) drawn = word()
  return drawn % bound
}

/** Inverse of the distribution function; 1 − u is never 0. */
export const exponentialOf = (word: () => number, mean: number): number => -mean * Math.log(1 - uniformOf(word))
