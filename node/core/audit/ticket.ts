/**
 * The ticket: before a batch of the sweep is asked, the slot commits to the answer that it expects; afterwards it opens. So neither can a
 * slot change its mind when it has seen the answer, nor a verifier tell a provider what to say.
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import type { DocumentKind } from '../document/signed.ts'
import { count, fixedBytes, hash, maxBytes, name, peerId, timeMs } from '../model/fields.ts'
import { equalBytes, utf8 } from '../model/bytes.ts'
import { LIMITS } from '../model/limits.ts'
import { sweepAnswer } from '../proof/sweep.ts'
import { SWEEP_BATCH } from './rates.ts'
import { slotNumber } from './slot-keys.ts'

const COMMITMENT = utf8('lunarx/ticket/1\0')

/** Signed by the tracker that holds the slot, before the batch is asked. */
export const ticketSchema = z.object({
  network: name,
  tracker: peerId,
  slot: slotNumber,
  provider: peerId,
  /** Of the sweep. */
  round: count,
  /** SHA-256 of the packed entries that will be asked. */
  entries: hash,
  /** Key of the answer's HMAC. */
  key: fixedBytes(32),
  /** {@link ticketCommitment} to the whole batch's digest. */
  commitment: hash,
  issuedMs: timeMs,
})
export type Ticket = z.infer<typeof ticketSchema>
export const TICKET: DocumentKind<Ticket> = { kind: 'ticket', schema: ticketSchema }

/** Signed by the same tracker, after the answer: what it expected. By now the places are spent, at every holder of these sets. */
export const ticketOpeningSchema = z.object({
  /** Id of the ticket. */
  ticket: hash,
  tracker: peerId,
  blind: fixedBytes(32),
  digest: hash,
  /** The expected 16 bytes of every entry, where the answer did not fit and has to be bisected; else null. */
  codes: maxBytes(SWEEP_BATCH * LIMITS.watermarkBytes).nullable(),
})
export type TicketOpening = z.infer<typeof ticketOpeningSchema>
export const TICKET_OPENING: DocumentKind<TicketOpening> = { kind: 'ticket-opening', schema: ticketOpeningSchema }

/** Hides the digest until it is opened. @param blind 32 random bytes */
export const ticketCommitment = (blind: Uint8Array, digest: Uint8Array, crypto: CryptoEngine): Uint8Array =>
  crypto.sha256(COMMITMENT, blind, digest)

/** The codes of an opening, one by one. */
export const codesOf = (codes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.floor(codes.length / LIMITS.watermarkBytes) }, (_, i) =>
    codes.subarray(i * LIMITS.watermarkBytes, (i + 1) * LIMITS.watermarkBytes),
  )

/**
 * True if the opening is of this ticket and says what it committed to; with codes: if they give that digest.
 * @param ticketId id of the ticket's document; @param entries how many were asked
 */
export function isOpened(ticketId: Uint8Array, ticket: Ticket, opening: TicketOpening, entries: number, crypto: CryptoEngine): boolean {
  const { blind, digest, codes } = opening
  const isOfTicket = equalBytes(opening.ticket, ticketId) && opening.tracker === ticket.tracker
  if (!isOfTicket || !equalBytes(ticketCommitment(blind, digest, crypto), ticket.commitment)) return false
  if (codes === null) return true
  return codes.length === entries * LIMITS.watermarkBytes && equalBytes(sweepAnswer(ticket.key, codesOf(codes), crypto), digest)
}
