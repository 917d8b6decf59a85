/**
 * Provider → tracker: what it holds. The tracker answers with the sets whose records it lacks; the provider then sends them.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, hash, name } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

const index = z.number().int().min(0).max(254)

/** A page of shards held (or gone). `sequence` is the state after this page. */
export const inventory = exchange({
  name: 'inventory',
  channel: 'data',
  askers: ['provider'],
  question: z.object({
    incarnation: name,
    /** First page of a full report: what the tracker believed of this provider before is dropped when `last` arrives. */
    full: z.boolean(),
    first: z.boolean(),
    last: z.boolean(),
    sequence: count,
    held: z.array(z.object({ segment: hash, index })).max(10_000),
    gone: z.array(z.object({ segment: hash, index })).max(10_000),
  }),
  answer: z.object({
    /** Records the tracker lacks. */
    unknown: z.array(hash).max(10_000),
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
