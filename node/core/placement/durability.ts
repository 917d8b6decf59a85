/**
 * How likely a set is lost in a year while single providers fail, each by itself: a Markov chain over its missing shards.
 *
 * With j missing the next is lost at rate (n − j) λ; each missing one is back after W, so one of them at rate j / W; at margin 0 the set is
 * whole again after W₀; with m + 1 missing it is lost for good. Real failures are not independent, so what comes out is the most that can
 * be hoped for: to compare settings with each other, never a promise. Held against counted losses by test/scale.
 *
 * @module
 */
export interface RepairTimes {
  /** Failures of one provider per unit of time. */
  readonly rate: number
  /** From a loss until the shard is there again, W. */
  readonly window: number
  /** From margin 0 until the set is whole again, W₀. */
  readonly urgentWindow: number
}

/**
 * With no shard to spare the set is whole again after W₀, or one of the m − 1 that went before the last is back sooner: they went at any
 * time within W, so that none is back before t with the chance (1 − t / W)^(m − 1).
 */
function leavingBare(parity: number, window: number, urgentWindow: number): { readonly down: number; readonly home: number } {
  const left = 1 - Math.min(1, urgentWindow / window)
  const meanTime = (window / parity) * (1 - left ** parity)
  const chanceHome = left ** (parity - 1)
  return { down: (1 - chanceHome) / meanTime, home: chanceHome / meanTime }
}

/** k and m. */
export interface CodeShape {
  readonly required: number
  readonly parity: number
}

/**
 * Mean time until a set is lost, from whole, in the same unit: the mean time of a cycle from whole to whole or lost, by the chance that it
 * ends in a loss. Sums and products of positive numbers only, so that no precision is lost however small that chance is.
 */
export function meanTimeToLoss({ required, parity }: CodeShape, { rate, window, urgentWindow }: RepairTimes): number {
  const shards = required + parity
  // from j missing, before j − 1: the chance that it is lost, that j − 1 comes next (and not whole at once), the time that takes
  let [lost, back, time] = [1, 0, 0]
  for (let missing = parity; missing >= 1; missing--) {
    const up = (shards - missing) * rate
    const { down, home } = missing === parity ? leavingBare(parity, window, urgentWindow) : { down: missing / window, home: 0 }
    const leaving = down + home + up * (1 - back)
    ;[lost, back, time] = [(up * lost) / leaving, down / leaving, (1 + up * time) / leaving]
  }
  return (1 / (shards * rate) + time) / lost
}

export const YEAR_MS = 365.25 * 24 * 3_600_000

/** Losses of one set to be expected in a year, all times in milliseconds: as long as they are few, the chance that it is lost in a year. */
export const lossesPerYear = (code: CodeShape, times: RepairTimes): number => YEAR_MS / meanTimeToLoss(code, times)
