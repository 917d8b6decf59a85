/**
 * The reservation key, a capability signed by the provider: this shard, this size, this client, until then.
 * The receipt, signed by the provider when the shard and its record are durable.
 *
 * @module
 */
import { z } from 'zod'
import { count, hash, peerId, timeMs } from '../model/fields.ts'
import type { DocumentKind } from './signed.ts'

export const reservationSchema = z.object({
  provider: peerId,
  /** Who may store under it. */
  client: peerId,
  segment: hash,
  index: z.number().int().min(0).max(254),
  address: hash,
  sizeBytes: count,
  expiresMs: timeMs,
  nonce: z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === 16),
})
export type Reservation = z.infer<typeof reservationSchema>
export const RESERVATION: DocumentKind<Reservation> = { kind: 'reservation', schema: reservationSchema }

export const receiptSchema = z.object({
  provider: peerId,
  segment: hash,
  index: z.number().int().min(0).max(254),
  address: hash,
  sizeBytes: count,
  storedMs: timeMs,
})
export type Receipt = z.infer<typeof receiptSchema>
export const RECEIPT: DocumentKind<Receipt> = { kind: 'receipt', schema: receiptSchema }
