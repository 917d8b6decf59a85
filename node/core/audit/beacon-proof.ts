/**
 * The proof of one round of the beacon as one piece of bytes: deals, the set that a majority signed, opened secrets. Whoever has it computes
 * the value, and with it whether the beacon drew what a transcript says it did.
 *
 * Who may take part it does not say: that is for whoever reads it to know, by the network's epoch.
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import { documentId, encodeBytes, readDocument, signedDocument } from '../document/signed.ts'
import type { PeerId } from '../membership/peer-id.ts'
import { hexOf } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { count, fixedBytes, name, peerId } from '../model/fields.ts'
import { BEACON_DEAL, BEACON_PARTICIPANTS, BEACON_SET } from './beacon-documents.ts'
import { BEACON_ROUND_MS, verifyBeacon } from './beacon.ts'
import { drawsOfRound, type Draw } from './schedule.ts'

/** A draw is asked within this time of when it is due, clocks that are off allowed for: or one could keep old draws and choose among them. */
export const DRAW_SKEW_MS = 15 * 60_000

const each = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(BEACON_PARTICIPANTS)

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
})
export type BeaconRoundProof = z.infer<typeof beaconProofSchema>

export const encodeBeaconProof = (proof: BeaconRoundProof): Uint8Array => encodeBytes(proof)

/** The value of the round. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE: it proves none */
export function verifyBeaconProof(proof: BeaconRoundProof, crypto: CryptoEngine): Uint8Array {
  if (proof.secrets.length !== proof.deals.length)
    throw new LunarError('BAD_MESSAGE', 'a proof of the beacon has not one secret for each deal')
  return verifyBeacon(proof, proof, crypto)
}

/** Who signed the deals that a proof rests on; of one that {@link verifyBeaconProof} took. */
export function signersOf({ deals, sets }: BeaconRoundProof, crypto: CryptoEngine): Set<PeerId> {
  const opened = deals.map((document) => hexOf(documentId(BEACON_DEAL, document, crypto))).sort()
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
