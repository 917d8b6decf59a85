/**
 * The beacon among trackers: each reads from the others what it lacks of a round. Outside verifiers commit to secrets of their own, and open
 * them. The documents are those of `@lunarx/core/audit`; whoever reads them checks them.
 *
 * @module
 */
import { BEACON_PARTICIPANTS } from '@lunarx/core/audit'
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
    /** Of verifiers; with each comes the word of somebody who holds it. Unset, and so are the next: a tracker of a release before. */
    commitments: documents.optional(),
    reveals: documents.optional(),
    closings: documents.optional(),
  }),
})

/**
 * Verifier → every tracker, while the round is dealt: my secret of this round is behind this commitment. UNAUTHORIZED: the tracker does not
 * know it as a verifier (it has to announce itself first), or it is another's; BAD_MESSAGE: it is none of the round that is dealt now, or
 * its second; TOO_MANY_REQUESTS.
 */
export const commitBeacon = exchange({
  name: 'commit-beacon',
  channel: 'data',
  askers: ['verifier'],
  question: z.object({ commitment: signedDocument }),
  answer: z.object({}),
})

/**
 * Verifier → every tracker, after that: what became of my commitment? And, once a majority has signed a set that names it: this is my secret.
 * A secret that comes late, or does not fit, is passed over.
 */
export const followBeacon = exchange({
  name: 'follow-beacon',
  channel: 'data',
  askers: ['verifier'],
  question: z.object({ round: count, /** A BEACON_REVEAL of the asker; null: not yet. */ reveal: signedDocument.nullable() }),
  answer: z.object({
    /** Of the asker's commitment: which trackers signed that they have it. */
    holds: z.array(signedDocument).max(BEACON_PARTICIPANTS),
    /** By trackers: two of each at most. */
    sets: z.array(signedDocument).max(2 * BEACON_PARTICIPANTS),
    closings: z.array(signedDocument).max(2 * BEACON_PARTICIPANTS),
  }),
})
