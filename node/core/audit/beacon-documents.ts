/**
 * What participants of the beacon sign, and verifiers beside them, one document per step of a round (beacon.ts says in which order).
 *
 * @module
 */
import { z } from 'zod'
import type { DocumentKind } from '../document/signed.ts'
import { count, fixedBytes, hash, name, peerId } from '../model/fields.ts'

/** Participants of a beacon: trackers on slots. Names of a set, too: of their deals and of verifiers' commitments. */
export const BEACON_PARTICIPANTS = 64
/** Outside verifiers that have a secret in one round. */
export const BEACON_VERIFIERS = 8

const scope = { network: name, /** Number of the round. */ round: count }
const point = fixedBytes(32)
const scalar = fixedBytes(32)
const participants = z.array(peerId).min(1).max(BEACON_PARTICIPANTS)

/** deal: the dealer commits to its secret, and says who gets shares of it. */
export const beaconDealSchema = z.object({
  ...scope,
  dealer: peerId,
  /** All who take part, ascending; holder i has share i + 1. */
  participants,
  /** As many as it takes to open the secret: more than half. */
  commitments: z.array(point).min(1).max(BEACON_PARTICIPANTS),
})
export type BeaconDeal = z.infer<typeof beaconDealSchema>
export const BEACON_DEAL: DocumentKind<BeaconDeal> = { kind: 'beacon-deal', schema: beaconDealSchema }

/** share: from the dealer to one holder, over their own session. Everybody's once the round is opened. */
export const beaconShareSchema = z.object({ ...scope, dealer: peerId, /** Id of the deal. */ deal: hash, holder: peerId, share: scalar })
export type BeaconShare = z.infer<typeof beaconShareSchema>
export const BEACON_SHARE: DocumentKind<BeaconShare> = { kind: 'beacon-share', schema: beaconShareSchema }

/** hold: the holder has a share that fits the deal. Of a commitment: it has it of an enrolled verifier itself, in time. */
export const beaconHoldSchema = z.object({ ...scope, /** Id of the deal or commitment. */ deal: hash, holder: peerId })
export type BeaconHold = z.infer<typeof beaconHoldSchema>
export const BEACON_HOLD: DocumentKind<BeaconHold> = { kind: 'beacon-hold', schema: beaconHoldSchema }

/** set: the deals that this participant will open; it signs one set per round and opens nothing before a majority has signed the same. */
export const beaconSetSchema = z.object({
  ...scope,
  participant: peerId,
  /** Ids of deals, and of verifiers' commitments, ascending. */ deals: z.array(hash).max(BEACON_PARTICIPANTS),
})
export type BeaconSet = z.infer<typeof beaconSetSchema>
export const BEACON_SET: DocumentKind<BeaconSet> = { kind: 'beacon-set', schema: beaconSetSchema }

/** opening: a secret, by its dealer; or a share of it, by a holder, when the dealer keeps silent. What is opened is checked against the deal. */
export const beaconOpeningSchema = z.object({
  ...scope,
  deal: hash,
  opener: peerId,
  /** The secret, or the opener's share of it. */ scalar,
})
export type BeaconOpening = z.infer<typeof beaconOpeningSchema>
export const BEACON_OPENING: DocumentKind<BeaconOpening> = { kind: 'beacon-opening', schema: beaconOpeningSchema }

/** commitment: a verifier's, before anybody's secret is open. */
export const beaconCommitmentSchema = z.object({ ...scope, verifier: peerId, /** Hash of its secret. */ commitment: hash })
export type BeaconCommitment = z.infer<typeof beaconCommitmentSchema>
export const BEACON_COMMITMENT: DocumentKind<BeaconCommitment> = { kind: 'beacon-commitment', schema: beaconCommitmentSchema }

/** reveal: the verifier opens its secret, for this set alone, once a majority has signed it. */
export const beaconRevealSchema = z.object({
  ...scope,
  verifier: peerId,
  /** Id of the commitment. */ commitment: hash,
  /** Id of the set. */ set: hash,
  secret: fixedBytes(32),
})
export type BeaconReveal = z.infer<typeof beaconRevealSchema>
export const BEACON_REVEAL: DocumentKind<BeaconReveal> = { kind: 'beacon-reveal', schema: beaconRevealSchema }

/** closing: whose secrets of the set came in time, signed once per round by each participant, before it opens any of its own. */
export const beaconClosingSchema = z.object({
  ...scope,
  participant: peerId,
  /** Id of the set. */ set: hash,
  /** Ids of commitments, ascending. */ revealed: z.array(hash).max(BEACON_VERIFIERS),
})
export type BeaconClosing = z.infer<typeof beaconClosingSchema>
export const BEACON_CLOSING: DocumentKind<BeaconClosing> = { kind: 'beacon-closing', schema: beaconClosingSchema }
