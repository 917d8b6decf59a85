/**
 * Providers that cheat, as code: what each does when a leaf is asked. Names follow the attacks of the white paper, 4.4.
 *
 * @module
 */
import type { LeafAnswer } from '@lunarx/core/audit'
import { itemAt } from '@lunarx/core/model'
import { SeededRandom } from '@lunarx/runtime/random'
import { stream } from '../vectors/stream.ts'
import { leafOf, proofFrom, type HeldShard } from './shards.ts'

export interface LeafQuestion {
  readonly shard: HeldShard
  /** Which of the provider's shards it is. */
  readonly at: number
  readonly leaf: number
  /** In containment, which the challenge says. */
  readonly isAgain: boolean
}

/** What it signs. `challenge`: names another challenge than the one that was put. */
export interface Said {
  readonly proof: LeafAnswer['proof']
  readonly challenge?: Uint8Array
}

/** undefined: it says nothing. */
export type Behaviour = (question: LeafQuestion) => Said | undefined

export const honest: Behaviour = ({ shard, leaf }) => ({ proof: proofFrom(shard, shard.bytes, leaf) })

/** Forging: has dropped all bytes, and has kept every hash of the tree. */
export const keepsTree: Behaviour = ({ shard, leaf }) => ({
  proof: { ...proofFrom(shard, shard.bytes, leaf), bytes: new Uint8Array(leafOf(shard.bytes, leaf).length) },
})

/** Bytes that look like ciphertext. */
export const returnsGarbage: Behaviour = ({ shard, at, leaf }) => ({
  proof: { ...proofFrom(shard, shard.bytes, leaf), bytes: stream(`garbage ${at} ${leaf}`, leafOf(shard.bytes, leaf).length) },
})

/** Says nothing when a leaf is drawn, and garbage when it is asked for it again. */
export const dodges: Behaviour = (question) => (question.isAgain ? returnsGarbage(question) : undefined)

const EARLIER = stream('an earlier challenge', 32)
/** Has kept its signed answers of a time when it had the bytes, and sends them again. */
export const replays: Behaviour = (question) => ({ proof: honest(question)?.proof ?? null, challenge: EARLIER })

/**
 * Lacks exactly `count` of all leaves, any of them, and says nothing when one of those is asked.
 * @param random another choice of leaves for each
 */
export function lacksLeaves(shards: readonly HeldShard[], count: number, random: string): Behaviour {
  const leaves = shards.flatMap(({ leafHashes }, at) => leafHashes.map((_, leaf) => `${at} ${leaf}`))
  const lacking = drawnOf(leaves, count, random)
  return (question) => (lacking.has(`${question.at} ${question.leaf}`) ? undefined : honest(question))
}

/** Lacks exactly `count` of its shards, whole. */
export function lacksShards(shards: readonly HeldShard[], count: number, random: string): Behaviour {
  const lacking = drawnOf([...shards.keys()], count, random)
  return (question) => (lacking.has(question.at) ? undefined : honest(question))
}

function drawnOf<T>(all: readonly T[], count: number, seed: string): Set<T> {
  const random = new SeededRandom(seed)
  const drawn = new Set<T>()
  while (drawn.size < count) drawn.add(itemAt(all, random.below(all.length)))
  return drawn
}
