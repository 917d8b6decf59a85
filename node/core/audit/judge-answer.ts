/**
 * A signed answer to a signed challenge, opened and judged: by who asked, and again by whoever is shown both.
 *
 * @module
 */
import type { CryptoEngine } from '../crypto/engine.ts'
import type { SegmentRecord } from '../document/segment-record.ts'
import { documentId, openDocument, type SignedDocument } from '../document/signed.ts'
import { publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { equalBytes } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { LEAF_ANSWER, LEAF_CHALLENGE, type LeafAnswer } from './challenge.ts'
import { judgeLeaf } from './transcript.ts'
import type { VerdictWord } from './verdict.ts'

/** @throws {LunarError} BAD_MESSAGE: it is to another challenge; BAD_SIGNATURE: it is not of this provider */
export function openLeafAnswer(answer: SignedDocument, provider: PeerId, challenge: SignedDocument, crypto: CryptoEngine): LeafAnswer {
  const value = openDocument(LEAF_ANSWER, answer, () => publicKeyOf(provider), crypto)
  if (!equalBytes(value.challenge, documentId(LEAF_CHALLENGE, challenge, crypto)))
    throw new LunarError('BAD_MESSAGE', 'an answer is to another challenge')
  return value
}

/** What a signed answer to a signed challenge proves. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function judgeAnswer(
  record: SegmentRecord,
  challenge: SignedDocument,
  answer: SignedDocument,
  crypto: CryptoEngine,
): Exclude<VerdictWord, 'silent'> {
  const asked = openDocument(LEAF_CHALLENGE, challenge, ({ verifier }) => publicKeyOf(verifier), crypto)
  return judgeLeaf(record, asked, openLeafAnswer(answer, asked.provider, challenge, crypto), crypto)
}
