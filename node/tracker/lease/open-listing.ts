/**
 * Verifies an owner's request to be told of what is its own: it is made out to the peer that asks.
 *
 * @module
 */
import { LISTING, openDocument, type Listing, type SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import type { OpenDeps } from '../map/index.ts'

/** Whether it has expired is left to the caller. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED */
export function openListing(document: SignedDocument, { peer }: Pick<Session, 'peer'>, { network, crypto }: OpenDeps): Listing {
  const listing = openDocument(LISTING, document, ({ owner }) => owner, crypto)
  if (listing.network !== network || listing.reader !== peer)
    throw new LunarError('UNAUTHORIZED', 'the request is for another network, or of another peer')
  return listing
}
