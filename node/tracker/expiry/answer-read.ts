/**
 * read-lease: the owner's lease as this tracker has it, told to nobody but the owner.
 *
 * @module
 */
import type { Asked } from '@lunarx/net/peers'
import type { AnswerOf, QuestionOf, readLease } from '@lunarx/wire'
import { openListing, type OpenListingDeps } from '../lease/open-listing.ts'
import type { OwnerLeases } from './owner-leases.ts'

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED */
export async function answerReadLease(
  { listing }: QuestionOf<typeof readLease>,
  { session }: Pick<Asked, 'session'>,
  deps: OpenListingDeps & { readonly ownerLeases: OwnerLeases },
): Promise<AnswerOf<typeof readLease>> {
  const known = deps.ownerLeases.of(openListing(listing, session, deps))
  return { lease: known?.document ?? null, remainingMs: known ? deps.ownerLeases.remainingMs(known) : null }
}
