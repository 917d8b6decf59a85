/**
 * list-kept: which sets of an owner are kept here, told to nobody but the owner.
 *
 * @module
 */
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { AnswerOf, listKept, QuestionOf } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'
import type { Clock } from '@lunarx/runtime/clock'
import type { OpenDeps, TrackerMap } from '../map/index.ts'
import type { Keeps } from './keeps.ts'
import type { LivedClock } from './lived-clock.ts'
import { openListing } from './open-listing.ts'

export interface ListingDeps extends OpenDeps {
  readonly map: TrackerMap
  readonly keeps: Keeps
  readonly clock: Clock
  readonly lived: Pick<LivedClock, 'now'>
}

/** A page of what is kept for anyone, of which the answer has the owner's. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED */
export async function answerListKept(
  { listing, after }: QuestionOf<typeof listKept>,
  { session }: Pick<Asked, 'session'>,
  deps: ListingDeps,
): Promise<AnswerOf<typeof listKept>> {
  const { map, keeps, clock, lived } = deps
  const { owner, expiresMs } = openListing(listing, session, deps)
  if (expiresMs <= clock.now()) throw new LunarError('UNAUTHORIZED', 'the request has expired')
  const ownerHex = hexOf(owner)
  const page = await keeps.page(after, null, TRACKER_LIMITS.comparedIds)
  const sets = page.flatMap(({ segment, takenMs }) => {
    const known = map.records.get(hexOf(segment))
    if (!known || hexOf(known.owner) !== ownerHex) return []
    const bytes = known.shardBytes * (known.required + known.parity)
    return [{ segment, bytes, ageMs: Math.max(0, lived.now() - takenMs) }]
  })
  return { sets, next: page.length < TRACKER_LIMITS.comparedIds ? null : (page.at(-1)?.segment ?? null) }
}
