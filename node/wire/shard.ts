/**
 * store and retrieve: shard bytes, client or tracker ↔ provider, over the data channel.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, hash, peerId } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

const index = z.number().int().min(0).max(254)

/** How far a reserved shard has come. Resume with `store` at `receivedBytes`. */
export const storeProgress = exchange({
  name: 'store-progress',
  channel: 'data',
  askers: ['client', 'tracker'],
  question: z.object({ key: signedDocument }),
  answer: z.object({ receivedBytes: count, receipt: signedDocument.nullable() }),
})

/** The shard will not be stored: its room is given back at once, what arrived of it goes. A shard that is stored already stays. */
export const storeRelease = exchange({
  name: 'store-release',
  channel: 'data',
  askers: ['client', 'tracker'],
  timeoutMs: 5_000,
  question: z.object({ key: signedDocument }),
  answer: z.object({}),
})

/** The body is the shard from `offset` on. Answered with a signed receipt when shard and record are durable. */
export const store = exchange({
  name: 'store',
  channel: 'data',
  askers: ['client', 'tracker'],
  timeoutMs: 120_000,
  question: z.object({ key: signedDocument, record: signedDocument, offset: count }),
  answer: z.object({ receipt: signedDocument }),
})

/**
 * The answer's body: the bytes of `offset … offset + length` widened to whole leaves; `path` proves these leaves against the
 * shard's address (empty for the whole shard: hash it). `length` 0: to the end.
 */
export const retrieve = exchange({
  name: 'retrieve',
  channel: 'data',
  askers: ['client', 'tracker', 'provider'],
  question: z.object({
    segment: hash,
    index,
    offset: count,
    length: count,
    authority: z.discriminatedUnion('kind', [
      /** READ_REQUEST signed by the set's read key. */
      z.object({ kind: z.literal('reader'), request: signedDocument }),
      /** GRANT signed by the tracker's peer key. */
      z.object({ kind: z.literal('grant'), grant: signedDocument }),
    ]),
  }),
  answer: z.object({ shardBytes: count, firstLeaf: count, leaves: count, path: z.array(hash).max(256) }),
})

/** Client → tracker: this holder gave other bytes than the shard's. The tracker reads it itself, and has it rebuilt if that is so. */
export const reportDamage = exchange({
  name: 'report-damage',
  channel: 'data',
  askers: ['client', 'tracker'],
  timeoutMs: 60_000,
  question: z.object({ segment: hash, index, holder: peerId }),
  answer: z.object({
    /** unread: the holder did not give it, or is not known to hold it. */ verdict: z.enum(['wrong', 'right', 'unread']),
  }),
})
