/**
 * read-lease: the owner's lease as this tracker has it, told to nobody but the owner. Whose clock is set wrong can be asked all the same,
 * since a lease that cannot be read cannot be renewed.
 *
 * @module
 */
import type { Asked } from '@lunarx/net/peers'
import type { AnswerOf, QuestionOf, readLease } from '@lunarx/wire'
import { openListing } from '../lease/open-listing.ts'
import type { OpenDeps } from '../map/index.ts'
import type { OwnerLeases } from './owner-leases.ts'

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED */
export async function answerReadLease(
  { listing }: QuestionOf<typeof readLease>,
  { session }: Pick<Asked, 'session'>,
  deps: OpenDeps & { readonly ownerLeases: OwnerLeases },
): Promise<AnswerOf<typeof readLease>> {
  const known = deps.ownerLeases.of(openListing(listing, session, deps).owner)
  return { lease: known?.document ?? null, remainingMs: known ? deps.ownerLeases.remainingMs(known) : null }
}
