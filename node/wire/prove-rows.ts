/**
 * Audits of rows: a verifier has a provider that hosts rows sign a root, and asks it, and another replica, for a head under it. The
 * documents are those of `@lunarx/core/audit`.
 *
 * @module
 */
import { rowTranscriptSchema } from '@lunarx/core/audit'
import { signedDocument } from '@lunarx/core/document'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** A ROW_DRAW by the peer that asks; a ROW_ROOT, or null: the provider holds no rows of this epoch. */
export const drawRows = exchange({
  name: 'draw-rows',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 30_000,
  question: z.object({ draw: signedDocument }),
  answer: z.object({ root: signedDocument.nullable() }),
})

/** A ROW_CHALLENGE by the peer that asks; a ROW_ANSWER. */
export const proveRow = exchange({
  name: 'prove-row',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 30_000,
  question: z.object({ challenge: signedDocument }),
  answer: z.object({ answer: signedDocument }),
})

/** Tracker → tracker: judge this again, and sign what you find. */
export const recheckRow = exchange({
  name: 'recheck-row',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ transcript: rowTranscriptSchema }),
  answer: z.object({ /** A VERDICT. */ verdict: signedDocument }),
})

/** Tracker → tracker: a row that a provider has lost, to be judged again by whoever hears it. */
export const tellRow = exchange({
  name: 'tell-row',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ transcript: rowTranscriptSchema }),
  answer: z.object({ /** It was new here. */ taken: z.boolean() }),
})
