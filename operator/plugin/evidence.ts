/**
 * What evidence of a tracker is about, before anybody has judged it. Pure. `lunarx verify` judges; here it is only told apart from what was not
 * asked for.
 *
 * @module
 */
import {
  convictionId,
  decodeAnyEvidence,
  LEAF_CHALLENGE,
  PRIVATE_ROUND,
  ROW_DRAW,
  rowTranscriptId,
  TICKET,
  transcriptId,
  VERDICT,
  verifyBeaconProof,
  type AnyTranscript,
} from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { bytesOfText, readDocument, type SignedDocument } from '@lunarx/core/document'
import { hexOf, LunarError } from '@lunarx/core/model'

export interface Evidence {
  readonly kind: 'leaf' | 'row' | 'ticket'
  /** base64, as trackers give it and `lunarx verify` reads it. */
  readonly text: string
  readonly network: string
  /** Peer that it is about: the provider; of a ticket the tracker. */
  readonly peer: string
  readonly verdict: string
  /** Round of the beacon that it was drawn in; null: no round stands behind the question. */
  readonly round: number | null
}

const verdictOf = ([first]: readonly SignedDocument[]): string => (first === undefined ? 'none' : readDocument(VERDICT, first).verdict)

function drawOf({ kind, transcript }: AnyTranscript) {
  if (kind === 'row') return { ...readDocument(ROW_DRAW, transcript.draw), isDraw: true }
  const challenge = readDocument(LEAF_CHALLENGE, transcript.challenge)
  return { ...challenge, isDraw: challenge.askedFor === 'draw' }
}

/**
 * @param id lower-case hex that it must have
 * @throws {LunarError} BAD_MESSAGE: it is no evidence, or another
 */
export function readEvidence(id: string, text: string, crypto: CryptoEngine): Evidence {
  const evidence = decodeAnyEvidence(bytesOfText(text))
  if (evidence.kind === 'beacon') throw new LunarError('BAD_MESSAGE', 'it gives the proof of a round in place of a transcript')
  const { kind } = evidence
  if (kind === 'ticket') {
    assertIs(id, convictionId(evidence.conviction, crypto))
    const { network, tracker: peer } = readDocument(TICKET, evidence.conviction.ticket)
    return { kind, text, network, peer, verdict: 'convicted', round: null }
  }
  assertIs(id, kind === 'row' ? rowTranscriptId(evidence.transcript, crypto) : transcriptId(evidence.transcript, crypto))
  const { network, provider: peer, round, isDraw } = drawOf(evidence)
  const verdict = verdictOf(evidence.transcript.verdicts)
  return { kind, text, network, peer, verdict, round: isDraw && round !== PRIVATE_ROUND ? round : null }
}

function assertIs(wanted: string, found: Uint8Array): void {
  if (hexOf(found) !== wanted) throw new LunarError('BAD_MESSAGE', 'it gives another transcript than was asked for')
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE: it does not prove this round of this network */
export function assertProves({ network, round }: Pick<Evidence, 'network' | 'round'>, text: string, crypto: CryptoEngine): void {
  const evidence = decodeAnyEvidence(bytesOfText(text))
  if (evidence.kind !== 'beacon' || evidence.proof.round !== round || evidence.proof.network !== network)
    throw new LunarError('BAD_MESSAGE', 'it gives the proof of another round than was asked for')
  verifyBeaconProof(evidence.proof, crypto)
}
