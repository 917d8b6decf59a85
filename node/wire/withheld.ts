/**
 * read-withheld: the owner of a set has a tracker ask a holder for leaves of a shard that the holder does not give to the owner itself.
 *
 * @module
 */
import { leafProof } from '@lunarx/core/audit'
import { signedDocument } from '@lunarx/core/document'
import { count, hash } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** Leaves in one question: half a mebibyte. */
export const WITHHELD_LEAVES = 32

/**
 * Client → tracker, where audits are on. The answer has the leaves that the holder proved: fewer, or none, where it keeps silent or is not
 * asked now. UNKNOWN_SET: ask another tracker; UNAUTHORIZED: the set is another owner's; TOO_MANY_REQUESTS: ask again after a pause.
 */
export const readWithheld = exchange({
  name: 'read-withheld',
  channel: 'data',
  askers: ['client'],
  timeoutMs: 45_000,
  question: z.object({
    /** A LISTING, signed by the owner for the peer that asks. */
    listing: signedDocument,
    segment: hash,
    /** Of the shard in its set. */
    index: z.number().int().min(0).max(254),
    leaves: z.array(count).min(1).max(WITHHELD_LEAVES),
  }),
  answer: z.object({ proofs: z.array(leafProof.extend({ leaf: count })).max(WITHHELD_LEAVES) }),
})
