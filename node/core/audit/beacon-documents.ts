/**
 * What participants of the beacon sign, one document per step of a round (beacon.ts says in which order).
 *
 * @module
 */
import { z } from 'zod'
import type { DocumentKind } from '../document/signed.ts'
import { count, fixedBytes, hash, name, peerId } from '../model/fields.ts'

/** Participants of a beacon: trackers and outside verifiers. */
export const BEACON_PARTICIPANTS = 64

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

/** hold: the holder has a share that fits the deal. */
export const beaconHoldSchema = z.object({ ...scope, deal: hash, holder: peerId })
export type BeaconHold = z.infer<typeof beaconHoldSchema>
export const BEACON_HOLD: DocumentKind<BeaconHold> = { kind: 'beacon-hold', schema: beaconHoldSchema }

/** set: the deals that this participant will open; it signs one set per round and opens nothing before a majority has signed the same. */
export const beaconSetSchema = z.object({
  ...scope,
  participant: peerId,
  /** Ids, ascending. */ deals: z.array(hash).max(BEACON_PARTICIPANTS),
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
