/**
 * One leaf more of a shard whose other leaves met with silence: who answers it can be reached, and lacks those; who lacks more is met there.
 *
 * @module
 */
import type { Random } from '@lunarx/runtime/random'

/** Any but those. Undefined: there is no other. @param asked ascending; @param leaves how many the shard has */
export function freshLeaf(asked: readonly number[], leaves: number, random: Pick<Random, 'below'>): number | undefined {
  if (asked.length >= leaves) return undefined
  let leaf = random.below(leaves - asked.length)
  for (const one of asked) if (one <= leaf) leaf++
  return leaf
}
