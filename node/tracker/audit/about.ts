/**
 * What a transcript that was checked before says it is about.
 *
 * @module
 */
import { decodeAnyTranscript, LEAF_CHALLENGE, ROW_CHALLENGE, VERDICT, type VerdictWord } from '@lunarx/core/audit'
import { readDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'

/** Undefined: it has no verdict. @throws {LunarError} BAD_MESSAGE */
export function aboutOf(bytes: Uint8Array): { provider: PeerId; verdict: VerdictWord } | undefined {
  const { kind, transcript } = decodeAnyTranscript(bytes)
  const [first] = transcript.verdicts
  if (!first) return undefined
  const { provider } =
    kind === 'row' ? readDocument(ROW_CHALLENGE, transcript.challenge) : readDocument(LEAF_CHALLENGE, transcript.challenge)
  return { provider, verdict: readDocument(VERDICT, first).verdict }
}
