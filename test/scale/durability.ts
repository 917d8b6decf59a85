/**
 * The layout itself under failures that come so much faster than real ones that lost sets can be counted, beside what the chain of
 * `core/placement/durability` expects of them.
 *
 * @module
 */
import { meanTimeToLoss, type RepairTimes } from '@lunarx/core/placement'
import { SeededRandom } from '@lunarx/runtime/random'
import type { Layout } from './layout.ts'

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
