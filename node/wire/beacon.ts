/**
 * The beacon among trackers: each reads from the others what it lacks of a round. The documents are those of `@lunarx/core/audit`;
 * whoever reads them checks them.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, hash } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** Documents of one kind in one round: a word of each participant on each deal, and as much again. */
export const BEACON_DOCUMENTS = 1_024

const documents = z.array(signedDocument).max(BEACON_DOCUMENTS)

/** Tracker → tracker. */
export const readBeacon = exchange({
  name: 'read-beacon',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ round: count, /** Ids of documents that the asker has. */ have: z.array(hash).max(4 * BEACON_DOCUMENTS) }),
  answer: z.object({
    deals: documents,
    /** Published ones, and the asker's own share of the answerer's secret. */
    shares: documents,
    holds: documents,
    sets: documents,
    openings: documents,
  }),
})
