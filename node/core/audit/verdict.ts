/**
 * The verdict: what one verifier has seen, under its signature. A transcript needs those of a quorum.
 *
 * @module
 */
import { z } from 'zod'
import type { DocumentKind } from '../document/signed.ts'
import { hash, name, peerId, timeMs } from '../model/fields.ts'

/**
 * - `proved`: the answer fits.
 * - `disproved`: the provider signed an answer that does not fit.
 * - `lost`: the provider signed that it has lost what was asked.
 * - `silent`: no answer came to this verifier. Its word alone: silence convicts nobody.
 */
export const verdictWord = z.enum(['proved', 'disproved', 'lost', 'silent'])
export type VerdictWord = z.infer<typeof verdictWord>

export const verdictSchema = z.object({
  network: name,
  /** Id of the challenge. */
  challenge: hash,
  /** Id of the answer; null if there was none. */
  answer: hash.nullable(),
  verifier: peerId,
  verdict: verdictWord,
  judgedMs: timeMs,
})
export type Verdict = z.infer<typeof verdictSchema>
export const VERDICT: DocumentKind<Verdict> = { kind: 'verdict', schema: verdictSchema }
