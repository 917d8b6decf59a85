/**
 * Reservation keys and receipts: made here, and checked when they come back.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { openDocument, RECEIPT, RESERVATION, signDocument, type Reservation, type SignedDocument } from '@lunarx/core/document'
import { publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { hasCode, hexOf, LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'

export interface KeyDeps {
  readonly self: PeerId
  readonly signKey: SignKey
  readonly crypto: CryptoEngine
  readonly clock: Clock
}

export const signReservation = (reservation: Reservation, { signKey }: KeyDeps): SignedDocument =>
  signDocument(RESERVATION, reservation, signKey)

/** Signed when shard and record are durable. */
export const signReceipt = ({ segment, index, address, sizeBytes }: Reservation, { self, signKey, clock }: KeyDeps): SignedDocument =>
  signDocument(RECEIPT, { provider: self, segment, index, address, sizeBytes, storedMs: clock.now() }, signKey)

/** What this provider signed, for this client; whether it has expired is judged by whoever needs its room. @throws {LunarError} RESERVATION_INVALID */
export function openReservation(key: SignedDocument, client: PeerId, { self, crypto }: KeyDeps): Reservation {
  const reservation = openOwn(key, self, crypto)
  if (reservation.provider !== self || reservation.client !== client)
    throw new LunarError('RESERVATION_INVALID', 'the reservation was given to another peer', { detail: { client } })
  return reservation
}

/** Reservations of one shard for one client are one: asked again, the first is renewed. 32 hex digits. */
export const reservationName = (
  { segment, index, client }: Pick<Reservation, 'segment' | 'index' | 'client'>,
  crypto: CryptoEngine,
): string => hexOf(crypto.sha256(segment, Uint8Array.of(index), publicKeyOf(client)).subarray(0, 16))

function openOwn(key: SignedDocument, self: PeerId, crypto: CryptoEngine): Reservation {
  try {
    return openDocument(RESERVATION, key, () => publicKeyOf(self), crypto)
  } catch (cause) {
    if (!hasCode(cause, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw cause
    throw new LunarError('RESERVATION_INVALID', 'the reservation key is not of this provider', { cause })
  }
}
