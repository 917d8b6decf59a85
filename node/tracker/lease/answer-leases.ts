/**
 * leases: a holder asks about sets that nobody has kept with it. teach-keeps and compare-keeps: keeps that a tracker lacks come from
 * holders and from other trackers.
 *
 * "Unknown" never means remove: it asks for the record. A set that is kept here has no end.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { hasCode, hexOf } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import type { AnswerOf, leases, QuestionOf, teachKeeps } from '@lunarx/wire'
import { takeWithin, type OpenDeps, type TrackerMap } from '../map/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { TrackerRing } from '../ring/index.ts'
import type { LeaseEnds } from './ends.ts'
import { openKeep, type Keeps, type NewKeep } from './keeps.ts'
import type { Rebuilding } from './rebuilding.ts'

export interface LeaseDeps extends OpenDeps {
  readonly map: TrackerMap
  readonly ring: TrackerRing
  readonly keeps: Keeps
  readonly ends: LeaseEnds
  readonly rebuilding: Rebuilding
  readonly log: Log
}

type Answer = AnswerOf<typeof leases>

const HALF_MESSAGE = { count: TRACKER_LIMITS.documents, bytes: TRACKER_LIMITS.documentBytes / 2 }

export async function answerLeases({ segments }: QuestionOf<typeof leases>, deps: LeaseDeps): Promise<Answer> {
  const keeps: SignedDocument[] = []
  const tombstones: SignedDocument[] = []
  const found: Answer['leases'] = []
  for (const segment of segments) found.push(await leaseOf(segment, deps, keeps, tombstones))
  return {
    leases: found,
    keeps: takeWithin(keeps, HALF_MESSAGE),
    tombstones: takeWithin(tombstones, HALF_MESSAGE),
    rebuilding: await deps.rebuilding.look(),
  }
}

async function leaseOf(
  segment: Uint8Array,
  { map: { records }, ring, keeps, ends }: LeaseDeps,
  foundKeeps: SignedDocument[],
  foundTombstones: SignedDocument[],
): Promise<Answer['leases'][number]> {
  const hex = hexOf(segment)
  if (records.isBuried(hex)) {
    foundTombstones.push(...(await records.tombstones(segment)))
    return 'buried'
  }
  if (!records.get(hex) || !ring.isOwner(segment)) return 'unknown'
  const keep = await keeps.read(segment)
  if (!keep) return ends.look(segment)
  foundKeeps.push(keep)
  return 'kept'
}

/** Those that cannot be opened are left out, as are those of sets that are not known, or are another owner's. */
export async function answerTeachKeeps(
  { keeps }: QuestionOf<typeof teachKeeps>,
  { session }: Pick<Asked, 'session'>,
  deps: Omit<LeaseDeps, 'rebuilding'>,
): Promise<AnswerOf<typeof teachKeeps>> {
  const opened = keeps.flatMap((document) => {
    try {
      return [openKeep(document, deps)]
    } catch (error) {
      if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE', 'UNKNOWN_NETWORK')) throw error
      deps.log.warn('a taught keep was refused', { peer: session.peer, error })
      return []
    }
  })
  return { accepted: (await takeKeeps(opened, deps, false)).length }
}

/** @returns those that are of a set known here, and of its owner: they are durable */
export async function takeKeeps(
  news: readonly NewKeep[],
  { map: { records }, keeps, ends }: Pick<LeaseDeps, 'map' | 'keeps' | 'ends'>,
  isRenewal: boolean,
): Promise<NewKeep[]> {
  const isLive = ({ segment, owner }: NewKeep): boolean => {
    const known = records.get(hexOf(segment))
    return known !== undefined && hexOf(known.owner) === hexOf(owner)
  }
  const live = news.filter(isLive)
  if (isRenewal) await keeps.renew(live)
  else await keeps.learn(live)
  const gone = live.filter((one) => !isLive(one)) // buried while it was written
  await keeps.drop(gone.map(({ segment }) => segment))
  const taken = live.filter((one) => !gone.includes(one))
  await ends.restart(taken.map(({ segment }) => segment))
  return taken
}
