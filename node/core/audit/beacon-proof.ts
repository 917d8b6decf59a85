/**
 * The proof of one round of the beacon as one piece of bytes: deals, the set that a majority signed, opened secrets; and which verifiers had a
 * secret in it. Whoever has it computes the value, and with it whether the beacon drew what a transcript says it did.
 *
 * Who may take part it does not say: that is for whoever reads it to know, by the network's epoch. Nor which verifiers are enrolled: a
 * majority of the participants signed that these are.
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import { documentId, encodeBytes, readDocument, signedDocument } from '../document/signed.ts'
import type { PeerId } from '../membership/peer-id.ts'
import { compareBytes, equalBytes, hexOf } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { count, fixedBytes, name, peerId } from '../model/fields.ts'
import { itemAt } from '../model/item.ts'
import { BEACON_COMMITMENT, BEACON_DEAL, BEACON_PARTICIPANTS, BEACON_REVEAL, BEACON_SET, BEACON_VERIFIERS } from './beacon-documents.ts'
import { agreedClosing, beaconSetId, checkClosing, checkCommitment, checkReveal, type CheckedCommitment } from './beacon-verifiers.ts'
import { agreedSet, BEACON_ROUND_MS, beaconValue, checkDeal, checkSet, textOfIds, type OpenSecret } from './beacon.ts'
import { drawsOfRound, type Draw } from './schedule.ts'
import { isSecret, majorityOf } from './share.ts'

/** A draw is asked within this time of when it is due, clocks that are off allowed for: or one could keep old draws and choose among them. */
export const DRAW_SKEW_MS = 15 * 60_000

const each = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(BEACON_PARTICIPANTS)

/** Verifiers whose commitments the set names. */
const beaconProofVerifiers = z.object({
  /** Of the set. */
  commitments: z.array(signedDocument).min(1).max(BEACON_VERIFIERS),
  /** By a majority of the participants, all of the same secrets. */
  closings: each(signedDocument),
  /** Of those that came in time. */
  reveals: z.array(signedDocument).max(BEACON_VERIFIERS),
})

/** Not signed as a whole: each of its parts is. */
export const beaconProofSchema = z.object({
  network: name,
  round: count,
  /** Ascending. */
  participants: each(peerId),
  /** Of the set. */
  deals: each(signedDocument),
  /** By a majority of the participants, all of the same deals. */
  sets: each(signedDocument),
  /** One for each deal, in their order. */
  secrets: each(fixedBytes(32)),
  /** Unset: the set names none. */
  verifiers: beaconProofVerifiers.optional(),
})
export type BeaconRoundProof = z.infer<typeof beaconProofSchema>

export const encodeBeaconProof = (proof: BeaconRoundProof): Uint8Array => encodeBytes(proof)

/** The value of the round. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE: it proves none */
export function verifyBeaconProof(proof: BeaconRoundProof, crypto: CryptoEngine): Uint8Array {
  const deals = openDeals(proof, crypto)
  const commitments = (proof.verifiers?.commitments ?? []).map((document) => checkCommitment(document, proof, crypto))
  const named = [...deals.map(({ deal }) => deal), ...commitments.map(({ id }) => id)].sort(compareBytes)
  const { deals: agreed } = agreedSet(
    proof,
    proof.sets.map((document) => checkSet(document, proof, crypto)),
  )
  if (!agreed || deals.length < majorityOf(proof.participants.length) || textOfIds(agreed) !== textOfIds(named))
    throw new LunarError('BAD_MESSAGE', 'no majority signed these deals')
  return beaconValue(proof, [...deals, ...openReveals(proof, commitments, beaconSetId(agreed, crypto), crypto)], crypto)
}

function openDeals(proof: BeaconRoundProof, crypto: CryptoEngine): OpenSecret[] {
  if (proof.secrets.length !== proof.deals.length)
    throw new LunarError('BAD_MESSAGE', 'a proof of the beacon has not one secret for each deal')
  return proof.deals.map((document, i) => {
    const { id, deal } = checkDeal(document, proof, crypto)
    const secret = itemAt(proof.secrets, i)
    if (!isSecret(deal.commitments, secret)) throw new LunarError('BAD_MESSAGE', 'a secret does not fit its deal')
    return { deal: id, secret }
  })
}

/** Those that a majority signed to have come in time. */
function openReveals(
  proof: BeaconRoundProof,
  commitments: readonly CheckedCommitment[],
  set: Uint8Array,
  crypto: CryptoEngine,
): OpenSecret[] {
  if (!proof.verifiers) return []
  const { closings, reveals } = proof.verifiers
  const opened = reveals.map((document) => {
    const { commitment } = readDocument(BEACON_REVEAL, document)
    const of = commitments.find(({ id }) => equalBytes(id, commitment))
    if (!of) throw new LunarError('BAD_MESSAGE', 'a secret is of no commitment of the set')
    return { deal: of.id, secret: checkReveal(document, of, set, proof, crypto).secret }
  })
  const closed = agreedClosing(
    proof,
    set,
    closings.map((document) => checkClosing(document, proof, crypto)),
  )
  const named = opened.map(({ deal }) => deal).sort(compareBytes)
  if (!closed || textOfIds(closed) !== textOfIds(named))
    throw new LunarError('BAD_MESSAGE', 'no majority signed that these secrets came in time')
  return opened
}

/** Verifiers of a round that {@link verifyBeaconProof} took: whose secrets are in the value, and who opened none in time. */
export function verifiersOf({ verifiers }: BeaconRoundProof): {
  readonly revealed: readonly PeerId[]
  readonly withheld: readonly PeerId[]
} {
  const revealed = (verifiers?.reveals ?? []).map((document) => readDocument(BEACON_REVEAL, document).verifier)
  const all = (verifiers?.commitments ?? []).map((document) => readDocument(BEACON_COMMITMENT, document).verifier)
  return { revealed, withheld: all.filter((verifier) => !revealed.includes(verifier)) }
}

/** Who signed the deals that a proof rests on; of one that {@link verifyBeaconProof} took. */
export function signersOf({ deals, sets, verifiers }: BeaconRoundProof, crypto: CryptoEngine): Set<PeerId> {
  const commitments = (verifiers?.commitments ?? []).map((document) => hexOf(documentId(BEACON_COMMITMENT, document, crypto)))
  const opened = [...deals.map((document) => hexOf(documentId(BEACON_DEAL, document, crypto))), ...commitments].sort()
  const signed = sets.map((document) => readDocument(BEACON_SET, document)).filter((set) => set.deals.map(hexOf).join() === opened.join())
  return new Set(signed.map(({ participant }) => participant))
}

/** What a challenge says of the draw that led to it. */
export interface ClaimedDraw {
  readonly provider: PeerId
  readonly round: number
  readonly sequence: number
  readonly askedMs: number
}

export type DrawFault = 'no-such-draw' | 'asked-at-another-time'

/**
 * Whether this draw was due in its round. Which leaf it asks is judged with the transcript; of which shard only who knows all that the
 * provider holds can say.
 * @param value of the round; of draws of rows the one made of it
 * @param meanMs between draws of one provider, as the network promises
 */
export function findDraw(
  { provider, round, sequence, askedMs }: ClaimedDraw,
  value: Uint8Array,
  meanMs: number,
  crypto: CryptoEngine,
): Draw | DrawFault {
  const startMs = round * BEACON_ROUND_MS
  for (const draw of drawsOfRound({ value, provider, startMs, untilMs: startMs + BEACON_ROUND_MS, meanMs }, crypto))
    if (draw.sequence === sequence) return Math.abs(askedMs - draw.dueMs) > DRAW_SKEW_MS ? 'asked-at-another-time' : draw
  return 'no-such-draw'
}
