/**
 * prove-leaf and prove-sweep: a verifier asks a provider to show that it has what it says to hold. Question and answer are signed
 * documents (`@lunarx/core/audit`), so that others can judge them again.
 *
 * Trackers ask, by their credential; outside verifiers a leaf that a tracker's order names; nobody else may: with leaves on demand a
 * provider could fetch from others what it lacks.
 *
 * @module
 */
import { SWEEP_BATCH } from '@lunarx/core/audit'
import { signedDocument } from '@lunarx/core/document'
import { count } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** Parts of one sweep in one question. */
export const SWEEP_PARTS = 64

/** A LEAF_CHALLENGE by the peer that asks; a LEAF_ANSWER. */
export const proveLeaf = exchange({
  name: 'prove-leaf',
  channel: 'data',
  askers: ['tracker', 'verifier'],
  timeoutMs: 30_000,
  question: z.object({ challenge: signedDocument, /** A LEAF_ORDER; verifiers only. */ order: signedDocument.optional() }),
  answer: z.object({ answer: signedDocument }),
})

/** A SWEEP_CHALLENGE by the peer that asks, and the parts of it that are to be answered, each by a SWEEP_ANSWER. */
export const proveSweep = exchange({
  name: 'prove-sweep',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 300_000,
  question: z.object({
    challenge: signedDocument,
    parts: z
      .array(z.object({ /** By place in the batch. */ from: count.max(SWEEP_BATCH), until: count.max(SWEEP_BATCH) }))
      .min(1)
      .max(SWEEP_PARTS),
  }),
  answer: z.object({ answers: z.array(signedDocument).max(SWEEP_PARTS) }),
})
