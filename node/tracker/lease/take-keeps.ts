/**
 * Taking keeps, from clients, holders and other trackers alike: of sets that are known here, of their owner, and not buried.
 *
 * @module
 */
import { hasCode, hexOf } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import type { AnswerOf, QuestionOf, teachKeeps } from '@lunarx/wire'
import type { OpenDeps, TrackerMap } from '../map/index.ts'
import type { TrackerRing } from '../ring/index.ts'
import type { OwnerLeases } from '../expiry/owner-leases.ts'
import type { LeaseEnds } from './ends.ts'
import { openKeep, type Keeps, type NewKeep } from './keeps.ts'

export interface LeaseDeps extends OpenDeps {
  readonly map: TrackerMap
  readonly ring: TrackerRing
  readonly keeps: Keeps
  readonly ends: LeaseEnds
  readonly ownerLeases: OwnerLeases
  readonly log: Log
  /** A set is kept from now on. */
  readonly onKept: (hex: string) => void
}

/**
 * teach-keeps. Those that cannot be opened are left out, as are those of another owner's sets. Of a set that was forgotten here because
 * nobody kept it, somebody knows better: its record is taken again when the map is compared next, and then its keep. Unless its owner's
 * lease is over: then keeps are remembered, and count when it is renewed.
 */
export async function answerTeachKeeps(
  { keeps }: QuestionOf<typeof teachKeeps>,
  { session }: Pick<Asked, 'session'>,
  deps: LeaseDeps,
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
  const counting = opened.filter(({ owner }) => !deps.ownerLeases.isOver(owner))
  await deps.ends.restart(counting.flatMap(({ segment }) => (isForgotten(segment, deps) ? [segment] : [])))
  return { accepted: (await takeKeeps(opened, deps, false)).length }
}

/** Its lease has ended, and nothing was left of it. */
export const isForgotten = (segment: Uint8Array, { map, ends }: Pick<LeaseDeps, 'map' | 'ends'>): boolean =>
  ends.isEnded(hexOf(segment)) && map.records.get(hexOf(segment)) === undefined

/** @returns those that are of a set known here, and of its owner: they are durable */
export async function takeKeeps(
  news: readonly NewKeep[],
  { map: { records }, keeps, ends, ownerLeases, onKept }: Pick<LeaseDeps, 'map' | 'keeps' | 'ends' | 'ownerLeases' | 'onKept'>,
  isRenewal: boolean,
): Promise<NewKeep[]> {
  const isLive = ({ segment, owner }: NewKeep): boolean => {
    const known = records.get(hexOf(segment))
    return known !== undefined && hexOf(known.owner) === hexOf(owner)
  }
  const live = news.filter(isLive)
  if (isRenewal) await keeps.renew(live)
  else await keeps.learn(live)
  const gone = live.filter((one) => !isLive(one)) // buried or forgotten while it was written
  await keeps.drop(gone.map(({ segment }) => segment))
  const taken = live.filter((one) => !gone.includes(one))
  const counting = taken.filter(({ owner }) => !ownerLeases.isOver(owner))
  await ends.restart(counting.map(({ segment }) => segment))
  for (const { segment } of counting) onKept(hexOf(segment))
  return taken
}
