/**
 * Audits among trackers, and what providers answer to questions that came with a heartbeat. The documents are those of
 * `@lunarx/core/audit`.
 *
 * @module
 */
import { transcriptSchema } from '@lunarx/core/audit'
import { signedDocument } from '@lunarx/core/document'
import { count, hash, peerId } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

const shard = { provider: peerId, segment: hash, index: z.number().int().min(0).max(254) }

/** Transcripts that are told at once: those of one shard. */
export const TRANSCRIPTS_TOLD = 8

/**
 * Provider → tracker: the LEAF_ANSWER to a challenge that the tracker's answer to a heartbeat carried. So a provider that cannot be
 * reached from outside is heard all the same.
 */
export const submitAnswer = exchange({
  name: 'submit-answer',
  channel: 'data',
  askers: ['provider'],
  question: z.object({ answer: signedDocument }),
  answer: z.object({ /** False: nobody waits for it any more. */ taken: z.boolean() }),
})

/** Tracker → tracker or verifier: judge this again, and sign what you find. */
export const recheck = exchange({
  name: 'recheck',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ record: signedDocument, challenge: signedDocument, answer: signedDocument }),
  answer: z.object({ /** A VERDICT. */ verdict: signedDocument }),
})

/** Leaves of one shard that are asked for again at once. */
export const LEAVES_AGAIN = 8

/** Tracker → tracker: a provider kept silent towards the asker; ask it for these leaves yourself. The answerer's transcripts. */
export const askAgain = exchange({
  name: 'ask-again',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({
    ...shard,
    leaves: z.array(count).min(1).max(LEAVES_AGAIN),
    /** Of the draw that met with silence. */
    round: count,
    sequence: count,
  }),
  answer: z.object({
    /** One for each leaf; none: the answerer does not know the set, or knows that the provider has not got the shard. */
    transcripts: z.array(transcriptSchema).max(LEAVES_AGAIN),
  }),
})

/** Tracker → tracker: what is proved of one shard, to be judged again by whoever hears it. */
export const tellVerdict = exchange({
  name: 'tell-verdict',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ transcripts: z.array(transcriptSchema).min(1).max(TRANSCRIPTS_TOLD) }),
  answer: z.object({ /** It was new here. */ taken: z.boolean() }),
})

/** Tracker → tracker: leaves that providers proved to the asker since it told last. */
export const tellProofs = exchange({
  name: 'tell-proofs',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ proofs: z.array(z.object({ provider: peerId, proofs: count })).max(10_000) }),
  answer: z.object({}),
})
