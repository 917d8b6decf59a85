/**
 * Provider → tracker: what it holds. Either what changed since the tracker's last state, or a comparison of everything, range by
 * range of shard keys: an equal range costs 16 bytes, one that differs is divided, then listed. The tracker asks for the records
 * that it lacks.
 *
 * A comparison that was cut is begun anew: what was brought in step before costs digests only.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { RANGE_DIGEST_BYTES, SHARD_KEY_BYTES } from '@lunarx/core/inventory'
import { count, fixedBytes, hash, maxBytes, name } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** Shards in one page, at most. */
export const PAGE_SHARDS = 4_096

/** segment ‖ index of each; with a range in ascending order without repetition. */
const shardKeys = maxBytes(PAGE_SHARDS * SHARD_KEY_BYTES).refine((packed) => packed.length % SHARD_KEY_BYTES === 0, 'not whole shard keys')
/** The first key of a range, or its beginning; as an upper bound exclusive. No bytes: the beginning of all, or the end of all. */
const bound = maxBytes(SHARD_KEY_BYTES)

/** Which of these ranges does the tracker know otherwise? Those lie one behind the other, the first from `from` on. */
export const compareInventory = exchange({
  name: 'compare-inventory',
  channel: 'data',
  askers: ['provider'],
  question: z.object({
    incarnation: name,
    /** Of this comparison: counts up in an incarnation. */
    round: count,
    /** Begins the round: what is learnt of this provider from now on is not dropped by it. */
    first: z.boolean(),
    from: bound,
    ranges: z
      .array(z.object({ until: bound, /** Of the keys that are held in the range. */ digest: fixedBytes(RANGE_DIGEST_BYTES) }))
      .min(1)
      .max(512),
  }),
  answer: z.object({
    /** How many of the ranges were compared; the rest is to be asked again. 0: the tracker does not know the round, begin another. */
    compared: count,
    /** Ranges that are not equal, or of which the tracker lacks a record, and how many shards it knows there. */
    differing: z.array(z.object({ at: count, shards: count })).max(512),
  }),
})

/** Shards held (or gone). */
export const inventory = exchange({
  name: 'inventory',
  channel: 'data',
  askers: ['provider'],
  question: z.object({
    incarnation: name,
    /** The comparison that this belongs to; null: to none. */
    round: count.nullable(),
    /** All that is held in this range of keys is listed; null: what changed. */
    range: z.object({ from: bound, until: bound }).nullable(),
    held: shardKeys,
    /** Empty with a range. */
    gone: shardKeys,
    /** The inventory's sequence that the tracker has when it has taken this; null: more is to come. */
    sequence: count.nullable(),
  }),
  answer: z.object({
    /** False: the tracker does not know the round, or nothing of this incarnation: begin a comparison. */
    taken: z.boolean(),
    /** Where the range is to be gone on with; null: all was taken. */
    next: bound.nullable(),
    /** Segments whose records the tracker lacks. */
    unknown: z.array(hash).max(PAGE_SHARDS),
    /** Tombstones of sets that were reported as held: verify and remove. */
    tombstones: z.array(signedDocument).max(10_000),
  }),
})

/** Records (and tombstones) for sets the tracker lacked; sent by providers and between trackers. */
export const teach = exchange({
  name: 'teach',
  channel: 'data',
  askers: ['provider', 'tracker'],
  question: z.object({ records: z.array(signedDocument).max(1000), tombstones: z.array(signedDocument).max(1000) }),
  answer: z.object({ accepted: count }),
})
