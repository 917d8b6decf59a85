/**
 * leaves-only, compare-leaves-only: of sets that are shared no watermark is asked any more. Every tracker that keeps a set's record keeps
 * the owner's order too.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { hash } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** Orders in one question. */
export const ORDERS_ASKED = 256
/** Sets in one page of the comparison. */
export const ORDERS_COMPARED = 4_096

/**
 * Client → tracker: LEAVES_ONLY, orders of the sets' owner. One by one: taken once a majority of the set's owners on the ring have it
 * durably; buried: the set was deleted; unknown: no tracker that was reached knows the set as committed; short: too few have it, ask again. Between
 * trackers it is about the one that is asked alone. To ask again changes nothing.
 */
export const leavesOnly = exchange({
  name: 'leaves-only',
  channel: 'data',
  askers: ['client', 'tracker'],
  timeoutMs: 15_000,
  question: z.object({ orders: z.array(signedDocument).min(1).max(ORDERS_ASKED) }),
  answer: z.object({ outcomes: z.array(z.enum(['taken', 'buried', 'unknown', 'short'])).max(ORDERS_ASKED) }),
})

/** Tracker ↔ tracker: ids of sets that both should own and that are asked for leaves only, paged in order of id. */
export const compareLeavesOnly = exchange({
  name: 'compare-leaves-only',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({
    after: hash.nullable(),
    until: hash.nullable(),
    /** Those of the asker in (after, until]. */ ordered: z.array(hash).max(ORDERS_COMPARED),
  }),
  answer: z.object({
    /** Orders that the asker lacks, as far as they fit. */
    orders: z.array(signedDocument).max(ORDERS_COMPARED),
    /** Ids whose order the answerer lacks; none that it has. */ wanted: z.array(hash).max(ORDERS_COMPARED),
  }),
})
