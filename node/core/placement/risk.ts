/**
 * How likely a set is lost before it can be repaired, comparable across codes: the order of repair.
 *
 * Model: each shard that is still readable vanishes, independently, with a chance q within one repair window; the set is lost when
 * fewer than k remain. With chances q₁ … q_h that is the lower tail of a Poisson binomial distribution,
 *
 *   P(loss) = P(survivors ≤ k − 1) = Σ_{j<k} P(exactly j of h survive)
 *
 * computed exactly by adding one shard at a time. For equal chances q it is Σ_{j<k} C(h, j) (1−q)^j q^(h−j): a 4+2 set with margin
 * 1 (h = 5) and a 10+4 set with margin 1 (h = 11) compare as 0.1 % to 0.5 % at q = 1 %: more shards can fail, so it comes first.
 *
 * Never decides whether to repair, only what comes first.
 *
 * @module
 */
import { itemAt } from '../model/item.ts'

/** Chance that a readable shard vanishes within a repair window, by what is known of its provider. */
export const LOSS_CHANCE = { alive: 0.01, suspect: 0.5 } as const

/**
 * @param required k
 * @param chances of vanishing, one per readable shard, each 0..1
 * @returns 0..1; 1 when fewer than k are readable
 */
export function lossProbability(required: number, chances: readonly number[]): number {
  if (chances.length < required) return 1
  // survivors[j] = P(exactly j of the shards so far survive), for j < k; more than that is safe and need not be followed
  const survivors = new Float64Array(required)
  survivors[0] = 1
  for (const chance of chances) {
    for (let j = required - 1; j >= 0; j--)
      survivors[j] = itemAt(survivors, j) * chance + (j > 0 ? itemAt(survivors, j - 1) * (1 - chance) : 0)
  }
  return survivors.reduce((sum, probability) => sum + probability, 0)
}

export interface Risk {
  /** Readable shards − k. */
  readonly margin: number
  readonly lossProbability: number
}

/** Sort order of repair: margin 0 before all else, then the more likely to be lost. */
export function byRisk(a: Risk, b: Risk): number {
  const first = Number(b.margin <= 0) - Number(a.margin <= 0)
  return first !== 0 ? first : b.lossProbability - a.lossProbability
}
