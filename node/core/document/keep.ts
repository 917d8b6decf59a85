/**
 * The owner's word that a set is to stay: without one its lease ends a day after it was stored, and its shards are garbage.
 *
 * And the owner's request to be told which of its sets are kept: what one has stored is nobody else's business.
 *
 * @module
 */
import { z } from 'zod'
import { hash, name, peerId, publicKey, timeMs } from '../model/fields.ts'
import type { DocumentKind } from './signed.ts'

export const keepSchema = z.object({ network: name, owner: publicKey, segment: hash, /** By the owner's clock. */ keptMs: timeMs })
export type Keep = z.infer<typeof keepSchema>
export const KEEP: DocumentKind<Keep> = { kind: 'keep', schema: keepSchema }

export const listingSchema = z.object({ network: name, owner: publicKey, /** Who may ask with it. */ reader: peerId, expiresMs: timeMs })
export type Listing = z.infer<typeof listingSchema>
export const LISTING: DocumentKind<Listing> = { kind: 'listing', schema: listingSchema }

const HOUR_MS = 3_600_000

/** What clients, providers and trackers have to agree on. Milliseconds. */
export const LEASE = {
  /** A set that nobody keeps is left alone this long, by the clocks of its holder and of its trackers alike. */
  setMs: 24 * HOUR_MS,
  /** A name is written this long after the keeps of its sets at most; later they are renewed first. */
  nameWithinMs: HOUR_MS,
  /** A put keeps its sets again when its last keep is older. */
  renewAfterMs: 24 * HOUR_MS,
  /** A keep that is older is not renewed for a name: the set may be about to be freed. */
  renewUntilMs: 6 * 24 * HOUR_MS,
  /** A set that no name names is freed when its last keep is older. */
  freeAfterMs: 7 * 24 * HOUR_MS,
} as const
