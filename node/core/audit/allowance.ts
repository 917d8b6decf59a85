/**
 * The allowance: losses that disks have, and that are no sign of cheating. They cost pay, never standing.
 *
 * Shards rot at a stated rate, so an honest provider of s shards loses a Poisson number of them in a window, with mean s · rate · window.
 * The allowance is the number that it exceeds with probability below 10⁻⁹.
 *
 * @module
 */
const DAY_MS = 86_400_000

export interface BitRot {
  /** Shards of one provider that rot in a year, as a fraction. */
  readonly shardsPerYear: number
  readonly windowMs: number
  /** Chance of an honest provider to lose more in a window. */
  readonly exceededWith: number
}

export const BIT_ROT: BitRot = {
  /**
   * Bairavasundaram et al. (FAST 2008) found checksum mismatches on 0.86 % of
   * nearline disks in 17 months: at 10⁴ shards a disk, and a hundred mismatches on each such disk, 6 · 10⁻⁵ a year.
   */
  shardsPerYear: 1e-4,
  windowMs: 30 * DAY_MS,
  exceededWith: 1e-9,
}

/** Shards that a provider may lose within {@link BIT_ROT}.windowMs, found by questions. What it reports before it is asked counts for nothing. */
export function lossAllowance(shards: number, { shardsPerYear, windowMs, exceededWith }: BitRot = BIT_ROT): number {
  const mean = shards * shardsPerYear * (windowMs / (365 * DAY_MS))
  let term = Math.exp(-mean)
  let tail = 1 - term
  let allowed = 0
  while (tail > exceededWith && allowed < shards) {
    allowed++
    term *= mean / allowed
    tail -= term
  }
  return Math.max(1, allowed)
}

/**
 * True if a loss weighs on standing: it was not reported first, and the window has seen as many as disks lose.
 * @param lossesMs times of losses that were found by questions, this one left out
 */
export function isBeyondAllowance(lossesMs: readonly number[], nowMs: number, shards: number, rot = BIT_ROT): boolean {
  return lossesMs.filter((atMs) => atMs > nowMs - rot.windowMs && atMs <= nowMs).length >= lossAllowance(shards, rot)
}
