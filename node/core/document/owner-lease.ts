/**
 * The owner's word that what it has may go when it does not renew this word for a while: one for all its sets. Without one, and with a
 * later one that has no period, everything stays for good.
 *
 * When it is over trackers tell by their own running, never by a clock: `renewedMs` is for people.
 *
 * @module
 */
import { z } from 'zod'
import { count, name, publicKey, timeMs } from '../model/fields.ts'
import type { DocumentKind } from './signed.ts'

const DAY_MS = 24 * 3_600_000

/** Milliseconds. Shorter, a holiday would cost everything; longer, nobody would remember. */
export const OWNER_LEASE_PERIOD = { leastMs: 7 * DAY_MS, mostMs: 3_660 * DAY_MS } as const

export const ownerLeaseSchema = z.object({
  network: name,
  owner: publicKey,
  /** Of two words of an owner that with the higher one stands. */
  sequence: count,
  /** How long everything stays without a newer word; null: for good. */
  periodMs: z.number().int().min(OWNER_LEASE_PERIOD.leastMs).max(OWNER_LEASE_PERIOD.mostMs).nullable(),
  /** By the owner's clock. */
  renewedMs: timeMs,
})
export type OwnerLease = z.infer<typeof ownerLeaseSchema>
export const OWNER_LEASE: DocumentKind<OwnerLease> = { kind: 'owner-lease', schema: ownerLeaseSchema }
