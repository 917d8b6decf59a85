/**
 * How likely a set is lost in a year while providers fail independently: the chain of Markov, and beside it the layout itself under
 * failures that come so much faster that losses can be counted.
 *
 * The chain counts missing shards. With j missing the next is lost at rate (n − j) λ; each missing one is back after W, so one of them at
 * rate j / W; at margin 0 the set is whole again after W₀; with m + 1 missing it is lost for good. Real failures are not independent, so what
 * comes out is the most that can be hoped for.
 *
 * @module
 */
import { SeededRandom } from '@lunarx/runtime/random'
import type { Layout } from './layout.ts'

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

interface Code {
  readonly required: number
  readonly parity: number
}

/**
 * Mean time until a set is lost, from whole, in the same unit: the mean time of a cycle from whole to whole or lost, by the chance that it
 * ends in a loss. Sums and products of positive numbers only, so that no precision is lost however small that chance is.
 */
export function meanTimeToLoss({ required, parity }: Code, { rate, window, urgentWindow }: RepairTimes): number {
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

export interface Followed {
  readonly failures: number
  readonly losses: number
  /** By the chain. */
  readonly expectedLosses: number
}

/** Failures in each window, of every provider: many, so that sets are lost often enough to be counted. */
const FAILURES_PER_WINDOW = 0.03
const URGENT_SHARE = 0.2
const WINDOWS = 20

interface Return {
  readonly at: number
  readonly restore: () => void
}

/** Providers fail one by one and lose what they hold; it is back a window later, with whoever has the set's place then. */
export function follow(layout: Layout, sets: number): Followed {
  const { required, parity, providers, seed } = layout.shape
  const shards = required + parity
  const times: RepairTimes = { rate: FAILURES_PER_WINDOW, window: 1, urgentWindow: URGENT_SHARE }
  const index = indexOf(layout, sets)
  const random = new SeededRandom(`failures ${seed}`)
  const isMissing = new Uint8Array(sets * shards)
  const missing = new Uint8Array(sets)
  const [returns, urgent]: [Return[], Return[]] = [[], []]
  let [now, failures, losses] = [0, 0, 0]
  const heal = (set: number): void => {
    isMissing.fill(0, set * shards, (set + 1) * shards)
    missing[set] = 0
  }
  const passTo = (until: number): void => {
    for (;;) {
      const queue = (urgent[0]?.at ?? Infinity) < (returns[0]?.at ?? Infinity) ? urgent : returns
      if ((queue[0]?.at ?? Infinity) > until) return
      queue.shift()?.restore()
    }
  }
  const fail = (provider: number): void => {
    const gone: number[] = []
    for (let at = index.starts[provider] ?? 0; at < (index.starts[provider + 1] ?? 0); at++) {
      const shard = index.shards[at] ?? 0
      if (isMissing[shard]) continue
      const set = Math.floor(shard / shards)
      isMissing[shard] = 1
      missing[set] = (missing[set] ?? 0) + 1
      gone.push(shard)
      if ((missing[set] ?? 0) === parity) urgent.push({ at: now + URGENT_SHARE, restore: () => (missing[set] ?? 0) >= parity && heal(set) })
      if ((missing[set] ?? 0) <= parity) continue
      losses++
      heal(set) // another set in its place
    }
    const restore = (): void => {
      for (const shard of gone) {
        if (!isMissing[shard]) continue
        isMissing[shard] = 0
        const set = Math.floor(shard / shards)
        missing[set] = (missing[set] ?? 0) - 1
      }
    }
    returns.push({ at: now + 1, restore })
  }
  for (;;) {
    now += -Math.log1p(-random.uniform()) / (providers * times.rate)
    if (now > WINDOWS) break
    passTo(now)
    fail(random.below(providers))
    failures++
  }
  return { failures, losses, expectedLosses: (sets * WINDOWS) / meanTimeToLoss({ required, parity }, times) }
}

/** Shards by provider: those of provider p lie from starts[p] on. */
function indexOf(layout: Layout, sets: number): { readonly starts: Uint32Array; readonly shards: Uint32Array } {
  const count = sets * (layout.shape.required + layout.shape.parity)
  const starts = new Uint32Array(layout.shape.providers + 1)
  for (let shard = 0; shard < count; shard++) starts[(layout.holders[shard] ?? 0) + 1]! += 1
  for (let p = 0; p < layout.shape.providers; p++) starts[p + 1]! += starts[p] ?? 0
  const next = starts.slice()
  const shards = new Uint32Array(count)
  for (let shard = 0; shard < count; shard++) shards[next[layout.holders[shard] ?? 0]!++] = shard
  return { starts, shards }
}
