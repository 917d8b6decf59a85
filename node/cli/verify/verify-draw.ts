/**
 * Whether the beacon drew what a transcript says: against the proof of its round. Pure.
 *
 * Checked are round, place in the round, time and leaf (with the transcript), and that the one who asked took part, or is named as an outside
 * verifier, which takes no part in the beacon. In which order the participants had to ask follows from the draw too; which of them asked is
 * said by its place in that order, for a later one takes over where those before it are away, or of the provider's own failure domain. The
 * place of an outside verifier is not checked: it is that of its token, which a transcript does not name.
 *
 * @module
 */
import {
  decodeAnyEvidence,
  findDraw,
  PRIVATE_ROUND,
  majorityOf,
  rowDrawsValue,
  signersOf,
  verifierOrder,
  verifyBeaconProof,
  type BeaconRoundProof,
  type ClaimedDraw,
  type DrawFault,
} from '@lunarx/core/audit'
import { hasCode, hexOf } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'

export type BeaconFault = 'bad-beacon' | 'too-few-participants' | 'other-round' | 'not-drawn' | 'not-a-participant'

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

export interface DrawSummary {
  readonly drawn: string
  readonly due: string
  readonly asker: string
  /** Of the beacon. */
  readonly participants: readonly string[]
}

/** Why no round stands behind a proof. */
type RoundFault = Extract<BeaconFault, 'bad-beacon' | 'too-few-participants'>

/**
 * Any peer can make a round of its own, for a proof names its participants itself. Of the peers that a reader knows a majority has to have
 * signed this one: then somebody honest did, who signs only with those whom the epoch names.
 * @param verifiers who may take part; undefined: whoever did
 */
export function proveRound(proof: BeaconRoundProof, verifiers: readonly string[] | undefined): ProvenRound | RoundFault {
  if (verifiers && !proof.participants.every((peer) => verifiers.includes(peer))) return 'bad-beacon'
  try {
    const value = verifyBeaconProof(proof, crypto)
    const isOfMost = !verifiers || signersOf(proof, crypto).size >= majorityOf(new Set(verifiers).size)
    return isOfMost ? { proof, value } : 'too-few-participants'
  } catch (error) {
    if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw error
    return 'bad-beacon'
  }
}

/** From the bytes of a file. */
export function readRound(bytes: Uint8Array, verifiers: readonly string[] | undefined): ProvenRound | RoundFault {
  const evidence = decodeAnyEvidence(bytes)
  return evidence.kind === 'beacon' ? proveRound(evidence.proof, verifiers) : 'bad-beacon'
}

export interface Askers {
  /** Who may ask; undefined: participants of the beacon. */
  readonly verifiers: readonly string[] | undefined
  /** Who may ask, and takes no part in the beacon. */
  readonly outsiders: readonly string[]
}

/** @param meanMs between draws of one provider */
export function verifyDraw(
  claim: DrawClaim,
  { proof, value }: ProvenRound,
  meanMs: number,
  { verifiers, outsiders }: Askers,
): DrawSummary | DrawFault | BeaconFault {
  if (!claim.isDraw || claim.round === PRIVATE_ROUND) return 'not-drawn'
  if (claim.round !== proof.round || claim.network !== proof.network) return 'other-round'
  const draw = findDraw(claim, claim.kind === 'row' ? rowDrawsValue(value, crypto) : value, meanMs, crypto)
  if (typeof draw === 'string') return draw
  const isOutsider = outsiders.includes(claim.verifier) && !proof.participants.includes(claim.verifier)
  const those = proof.participants.map((peer) => ({ peer, domain: '' }))
  const rank = verifierOrder(draw.seed, those, new Set(), crypto).findIndex(({ peer }) => peer === claim.verifier)
  if (rank < 0 && !isOutsider && !verifiers?.includes(claim.verifier)) return 'not-a-participant'
  return {
    drawn: `number ${claim.sequence} of round ${claim.round}, value ${hexOf(value)}`,
    due: new Date(draw.dueMs).toISOString(),
    asker: isOutsider
      ? 'an outside verifier'
      : rank < 0
        ? 'no participant of the beacon'
        : `number ${rank + 1} of ${those.length} in the drawn order`,
    participants: proof.participants,
  }
}
