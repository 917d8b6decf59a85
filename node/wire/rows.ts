/**
 * Rows: client ↔ the members of a partition, and members among themselves.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, fixedBytes, hash, publicKey } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

const rowKey = z.object({ author: publicKey, table: hash, row: hash })
const epoch = z.number().int().min(1)
const commits = z.array(signedDocument).max(1024)

/** Durable with this member when answered. STALE_EPOCH when the member has left the epoch or handed the partition over. */
export const writeRows = exchange({
  name: 'write-rows',
  channel: 'data',
  askers: ['client', 'provider'],
  question: z.object({ epoch, commits: z.array(signedDocument).min(1).max(256) }),
  answer: z.object({ stored: count }),
})

/**
 * Heads of rows, in the order of the keys. Fewer rows than keys when the answer would grow too long: ask again for the rest.
 * No heads: absent, as far as this member knows; that counts only with `complete`.
 */
export const readRows = exchange({
  name: 'read-rows',
  channel: 'data',
  askers: ['client', 'provider'],
  question: z.object({ epoch, keys: z.array(rowKey).min(1).max(256) }),
  answer: z.object({
    rows: z
      .array(z.object({ heads: z.array(signedDocument).max(32), /** This member's word on absence counts. */ complete: z.boolean() }))
      .max(256),
  }),
})

/** A page of a table's rows in order of row token, of one partition. */
export const listRows = exchange({
  name: 'list-rows',
  channel: 'data',
  askers: ['client'],
  question: z.object({
    epoch,
    author: publicKey,
    table: hash,
    /** Exclusive; null: from the start. */ after: hash.nullable(),
    limit: z.number().int().min(1).max(256),
  }),
  answer: z.object({
    heads: commits,
    /** Last row token of the page; null: nothing follows. */ next: hash.nullable(),
    complete: z.boolean(),
  }),
})

const summaries = z.array(z.object({ partition: hash, digest: hash, rows: count })).max(1024)
/** Row token ‖ commit id: where a page of heads starts (exclusive) or ends (inclusive). */
const headCursor = fixedBytes(64).nullable()

/**
 * Member of `epoch` → member of the epoch before: what have you of the partitions that are mine now? Whoever answers has left the
 * epoch before: it refuses writes and absences of it. Differences are pulled. NOT_ENOUGH_REPLICAS when the answerer has not
 * merged the epoch before itself.
 */
export const handover = exchange({
  name: 'handover',
  channel: 'data',
  askers: ['provider'],
  question: z.object({ epoch, after: hash.nullable() }),
  answer: z.object({ partitions: summaries, next: hash.nullable() }),
})

/** Member ↔ member of one epoch: XOR of the ids of the heads, per partition that both hold. Differences are pulled. */
export const digestRows = exchange({
  name: 'digest-rows',
  channel: 'data',
  askers: ['provider'],
  question: z.object({ epoch, after: hash.nullable() }),
  answer: z.object({ partitions: summaries, next: hash.nullable() }),
})

/**
 * The heads of a partition in (after, until] that the asker lacks; it names those it has in there. `until` null: to the end.
 * `next` not null: the answer ended there for its size.
 */
export const pullRows = exchange({
  name: 'pull-rows',
  channel: 'data',
  askers: ['provider'],
  question: z.object({ epoch, partition: hash, after: headCursor, until: headCursor, have: z.array(hash).max(2048) }),
  answer: z.object({ heads: commits, next: headCursor }),
})
