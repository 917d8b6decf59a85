/**
 * Whether the beacon drew what a transcript says: against the proof of its round. Pure.
 *
 * Checked are round, place in the round, time and leaf (with the transcript), and that the one who asked took part. In which order the
 * verifiers had to ask follows from the draw too; who asked is said by its place in that order, for a later one takes over where those before
 * it are away, or of the provider's own failure domain.
 *
 * @module
 */
import {
  decodeAnyEvidence,
  findDraw,
  PRIVATE_ROUND,
  rowDrawsValue,
  verifierOrder,
  verifyBeaconProof,
  type BeaconRoundProof,
  type ClaimedDraw,
  type DrawFault,
} from '@lunarx/core/audit'
import { hasCode, hexOf } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'

export type BeaconFault = 'bad-beacon' | 'other-round' | 'not-drawn' | 'not-a-participant'

/** A round whose proof was checked. */
export interface ProvenRound {
  readonly proof: BeaconRoundProof
  readonly value: Uint8Array
}

export interface DrawClaim extends ClaimedDraw {
  readonly kind: 'leaf' | 'row'
  readonly network: string
  /** Who asked. */
  readonly verifier: string
  /** False: it was asked for another reason. */
  readonly isDraw: boolean
}

export type DrawSummary = { readonly drawn: string; readonly due: string; readonly asker: string }

/** @param verifiers who may take part; undefined: whoever did */
export function proveRound(proof: BeaconRoundProof, verifiers: readonly string[] | undefined): ProvenRound | 'bad-beacon' {
  if (verifiers && !proof.participants.every((peer) => verifiers.includes(peer))) return 'bad-beacon'
  try {
    return { proof, value: verifyBeaconProof(proof, crypto) }
  } catch (error) {
    if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw error
    return 'bad-beacon'
  }
}

/** From the bytes of a file. */
export function readRound(bytes: Uint8Array, verifiers: readonly string[] | undefined): ProvenRound | 'bad-beacon' {
  const evidence = decodeAnyEvidence(bytes)
  return evidence.kind === 'beacon' ? proveRound(evidence.proof, verifiers) : 'bad-beacon'
}

/** @param meanMs between draws of one provider @param verifiers who may ask; undefined: participants of the beacon */
export function verifyDraw(
  claim: DrawClaim,
  { proof, value }: ProvenRound,
  meanMs: number,
  verifiers: readonly string[] | undefined,
): DrawSummary | DrawFault | BeaconFault {
  if (!claim.isDraw || claim.round === PRIVATE_ROUND) return 'not-drawn'
  if (claim.round !== proof.round || claim.network !== proof.network) return 'other-round'
  const draw = findDraw(claim, claim.kind === 'row' ? rowDrawsValue(value, crypto) : value, meanMs, crypto)
  if (typeof draw === 'string') return draw
  const those = proof.participants.map((peer) => ({ peer, domain: '' }))
  const rank = verifierOrder(draw.seed, those, new Set(), crypto).findIndex(({ peer }) => peer === claim.verifier)
  if (rank < 0 && !verifiers?.includes(claim.verifier)) return 'not-a-participant'
  return {
    drawn: `number ${claim.sequence} of round ${claim.round}, value ${hexOf(value)}`,
    due: new Date(draw.dueMs).toISOString(),
    asker: rank < 0 ? 'no participant of the beacon' : `number ${rank + 1} of ${those.length} in the drawn order`,
  }
}
