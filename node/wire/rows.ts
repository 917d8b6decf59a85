/**
 * Rows: client ↔ the members of a partition, and members among themselves.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, fixedBytes, hash, LIMITS, maxBytes, publicKey } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'
import { refusal } from './refusal.ts'

const epoch = z.number().int().min(1)
const value = maxBytes(LIMITS.rowValueBytes).nullable()
/** A signed commit and its sealed value: null where the commit names none, and where an answer leaves it out. */
const valued = z.object({ document: signedDocument, value })

const wantedRow = z.object({
  author: publicKey,
  table: hash,
  row: hash,
  /** Whether values come with the heads, but for those of the commits in `have`. */
  values: z.boolean(),
  have: z.array(hash).max(LIMITS.rowHeads),
})

/**
 * Rows of any tables, each on its own: null once it is durable with this member, else why it is refused. STALE_EPOCH for all of
 * them when the member has left the epoch or handed the partition over.
 */
export const writeRows = exchange({
  name: 'write-rows',
  channel: 'data',
  askers: ['client', 'provider'],
  question: z.object({ epoch, commits: z.array(valued).min(1).max(LIMITS.rowsAsked) }),
  answer: z.object({ refusals: z.array(refusal.nullable()).min(1).max(LIMITS.rowsAsked) }),
})

/**
 * Heads of rows, in the order of the keys. Fewer rows than keys when the answer would grow too long: ask again for the rest.
 * No heads: absent, as far as this member knows; that counts only with `complete`. Values that do not fit the answer are left out,
 * but for the first: ask again, saying which you have.
 */
export const readRows = exchange({
  name: 'read-rows',
  channel: 'data',
  askers: ['client', 'provider'],
  question: z.object({ epoch, keys: z.array(wantedRow).min(1).max(LIMITS.rowsAsked) }),
  answer: z.object({
    rows: z
      .array(
        z.union([
          z.object({ heads: z.array(valued).max(32), /** This member's word on absence counts. */ complete: z.boolean() }),
          z.object({ refusal }),
        ]),
      )
      .max(LIMITS.rowsAsked),
  }),
})

const commits = z.array(valued).max(1024)

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
    /** Whether the values come along. */ values: z.boolean(),
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
