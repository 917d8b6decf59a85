/**
 * What a transcript that was checked before says it is about.
 *
 * @module
 */
import { LEAF_CHALLENGE, VERDICT, type Transcript, type VerdictWord } from '@lunarx/core/audit'
import { readDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'

/** Undefined: it has no verdict. */
export function aboutOf({ challenge, verdicts }: Transcript): { provider: PeerId; verdict: VerdictWord } | undefined {
  const [first] = verdicts
  if (!first) return undefined
  return { provider: readDocument(LEAF_CHALLENGE, challenge).provider, verdict: readDocument(VERDICT, first).verdict }
}
