/**
 * What is left of the sets when providers are gone: how many sets miss how many shards, and what trackers make of such a set.
 *
 * @module
 */
import { assessSet, type Assessment, type HolderStanding } from '../../node/tracker/repair/assess.ts'
import type { Layout } from './layout.ts'

export interface Loss {
  /** Not there any more, or only silent. */
  readonly isCertain: boolean
  readonly isLost: (provider: number) => boolean
}

export interface Damage {
  /** Sets that miss 0, 1, … shards. */
  readonly setsByMissing: readonly number[]
  /** What `assessSet` says of a set that misses so many. */
  readonly assessments: readonly Assessment[]
  readonly missingShards: number
}

/** @param sets the first so many of the layout */
export function assessDamage(layout: Layout, sets: number, { isCertain, isLost }: Loss): Damage {
  const shards = layout.shape.required + layout.shape.parity
  const lost = Uint8Array.from({ length: layout.shape.providers }, (_, provider) => Number(isLost(provider)))
  const setsByMissing = Array.from({ length: shards + 1 }, () => 0)
  const examples: (number | undefined)[] = []
  for (let set = 0, at = 0; set < sets; set++) {
    let missing = 0
    for (const end = at + shards; at < end; at++) missing += lost[layout.holders[at] ?? 0] ?? 0
    setsByMissing[missing] = (setsByMissing[missing] ?? 0) + 1
    examples[missing] ??= set
  }
  const assessments = setsByMissing.map((_, missing) => {
    const example = examples[missing]
    return example === undefined ? undefined : assessOne(layout, example, isCertain, lost)
  })
  return {
    setsByMissing,
    // one that no set came to is as good as whole: nothing is counted for it
    assessments: assessments.map((one) => one ?? { margin: layout.shape.parity, missing: [], doubted: 0, lossProbability: 0 }),
    missingShards: setsByMissing.reduce((sum, count, missing) => sum + count * missing, 0),
  }
}

/** By the function that trackers use, from who holds what. */
export function assessOne(layout: Layout, set: number, isCertain: boolean, lost: Uint8Array): Assessment {
  const { required, parity } = layout.shape
  const holders = [...layout.holdersOf(set)].map((provider, index) => ({ index, peer: String(provider), isCondemned: false }))
  const gone: HolderStanding = { state: 'lost', isDeclaredLost: isCertain }
  const alive: HolderStanding = { state: 'alive', isDeclaredLost: false }
  return assessSet({ required, parity }, holders, (peer) => (lost[Number(peer)] ? gone : alive))
}
