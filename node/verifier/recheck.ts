/**
 * recheck: what another verifier was answered is judged again here, from the documents, and signed.
 *
 * @module
 */
import { judgeAnswer, signVerdict, type SignVerdictDeps, type VerdictWord } from '@lunarx/core/audit'
import { openDocument, SEGMENT_RECORD, type SignedDocument } from '@lunarx/core/document'
import type { QuestionOf, recheck } from '@lunarx/wire'

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function judgeForOther(
  { record, challenge, answer }: QuestionOf<typeof recheck>,
  deps: SignVerdictDeps,
): { readonly verdict: VerdictWord; readonly signed: SignedDocument } {
  const opened = openDocument(SEGMENT_RECORD, record, ({ owner }) => owner, deps.crypto)
  const verdict = judgeAnswer(opened, challenge, answer, deps.crypto)
  return { verdict, signed: signVerdict(challenge, answer, verdict, deps) }
}
