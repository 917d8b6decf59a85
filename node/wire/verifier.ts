/**
 * Outside verifiers and trackers: a verifier says that it is there, a tracker has it ask a leaf that was drawn. That it judges again what
 * others were answered is `recheck`.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, peerAddress } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/**
 * Verifier → every tracker, again and again: ask me at this address. Who it is, and for how long, the session's credential says.
 * TOO_MANY_REQUESTS: there are as many verifiers as the tracker remembers, in all or by this token, or it has announced another address a
 * moment ago. BAD_MESSAGE: nobody else is reached at such an address.
 */
export const announceVerifier = exchange({
  name: 'announce-verifier',
  channel: 'data',
  askers: ['verifier'],
  question: z.object({ address: peerAddress }),
  answer: z.object({ /** Without another word within this time it is not asked any more. Milliseconds. */ lapsesMs: count.min(1) }),
})

/**
 * Tracker → verifier: ask the provider for the leaf that the order names, by a challenge of your own, and judge what it answers.
 * The answer is the verifier's transcript; whoever reads it judges again.
 */
export const verifyLeaf = exchange({
  name: 'verify-leaf',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 45_000,
  question: z.object({
    /** A LEAF_ORDER by the tracker, to this verifier; the provider wants to see it too. */
    order: signedDocument,
    /** Of the set. */
    record: signedDocument,
    provider: peerAddress,
  }),
  answer: z.object({
    challenge: signedDocument,
    /** null: none came. */
    answer: signedDocument.nullable(),
    /** A VERDICT of the verifier. */
    verdict: signedDocument,
  }),
})
