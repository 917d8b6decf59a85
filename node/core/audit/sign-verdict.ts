/**
 * Signs the verdict of one verifier, and sees whether that of another one says what it should.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { documentId, openDocument, signDocument, type SignedDocument } from '../document/signed.ts'
import { publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { equalBytes } from '../model/bytes.ts'
import { hasCode } from '../model/error.ts'
import { LEAF_ANSWER, LEAF_CHALLENGE } from './challenge.ts'
import { VERDICT, type VerdictWord } from './verdict.ts'

export interface SignVerdictDeps {
  readonly network: string
  /** Who judged, and its key. */
  readonly self: PeerId
  readonly signKey: SignKey
  readonly crypto: CryptoEngine
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
}

/** @param answer null: there was none */
export function signVerdict(
  challenge: SignedDocument,
  answer: SignedDocument | null,
  verdict: VerdictWord,
  { network, self, signKey, crypto, nowMs }: SignVerdictDeps,
): SignedDocument {
  const value = {
    network,
    challenge: documentId(LEAF_CHALLENGE, challenge, crypto),
    answer: answer && documentId(LEAF_ANSWER, answer, crypto),
    verifier: self,
    verdict,
    judgedMs: Math.floor(nowMs),
  }
  return signDocument(VERDICT, value, signKey)
}

/** What a verdict has to say to stand in a transcript. */
export interface ExpectedVerdict {
  readonly network: string
  readonly verifier: PeerId
  readonly challenge: SignedDocument
  readonly answer: SignedDocument
  readonly verdict: VerdictWord
}

/** One that says anything else would make the whole transcript invalid: it is left out. Never throws on what others sent. */
export function isVerdictOn(document: SignedDocument, expected: ExpectedVerdict, crypto: CryptoEngine): boolean {
  try {
    const { network, verifier, challenge, answer, verdict } = openDocument(VERDICT, document, () => publicKeyOf(expected.verifier), crypto)
    return (
      network === expected.network &&
      verifier === expected.verifier &&
      verdict === expected.verdict &&
      equalBytes(challenge, documentId(LEAF_CHALLENGE, expected.challenge, crypto)) &&
      answer !== null &&
      equalBytes(answer, documentId(LEAF_ANSWER, expected.answer, crypto))
    )
  } catch (error) {
    if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw error
    return false
  }
}
