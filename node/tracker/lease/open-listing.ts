/**
 * Verifies an owner's request to be told of what is its own.
 *
 * @module
 */
import { LISTING, openDocument, type SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { OpenDeps } from '../map/index.ts'

export interface OpenListingDeps extends OpenDeps {
  readonly clock: Clock
}

/** @returns the owner. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED */
export function openListing(listing: SignedDocument, session: Session, { network: own, clock, crypto }: OpenListingDeps): Uint8Array {
  const { network, owner, reader, expiresMs } = openDocument(LISTING, listing, (asked) => asked.owner, crypto)
  if (network !== own || reader !== session.peer || expiresMs <= clock.now())
    throw new LunarError('UNAUTHORIZED', 'the request is for another network, of another peer, or has expired')
  return owner
}
