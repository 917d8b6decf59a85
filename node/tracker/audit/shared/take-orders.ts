/**
 * leaves-only: verify the owner's orders → durable here → with the other owners of each set → answer, set by set, as soon as a majority of
 * the owners has each. An owner that is away learns of them when it compares (`compare-orders.ts`).
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Asked } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import { leavesOnly, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import type { Ask } from '../../ask/index.ts'
import { checkOwner } from '../../lease/keep-subjects.ts'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { OpenDeps, TrackerMap } from '../../map/index.ts'
import type { TrackerRing } from '../../ring/index.ts'
import { hear } from '../hear.ts'
import { OrderTally, type OrderOutcome } from './order-tally.ts'
import { openOrder, type NewOrder, type SharedSets } from './shared-sets.ts'

export interface OrderDeps extends OpenDeps {
  readonly ask: Ask
  readonly log: Log
  readonly map: TrackerMap
  readonly ring: TrackerRing
  readonly sharedSets: SharedSets
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK; UNAUTHORIZED for another owner's set; STORE_FAILED */
export async function answerLeavesOnly(
  { orders }: QuestionOf<typeof leavesOnly>,
  { session, signal }: Pick<Asked, 'session' | 'signal'>,
  deps: OrderDeps,
): Promise<AnswerOf<typeof leavesOnly>> {
  const news = orders.map((document) => openOrder(document, deps))
  const here = await takeOrders(news, deps)
  if (session.credential.role === 'tracker') return { outcomes: here }
  const tally = new OrderTally(news.map(({ segment }) => deps.ring.owners(segment).length))
  for (const [at, { segment }] of news.entries()) tally.note(at, here[at] ?? 'unknown', deps.ring.isOwner(segment))
  await Promise.race([tellOwners(news, tally, deps, signal), tally.isDecided])
  return { outcomes: tally.outcomes }
}

/**
 * A set that somebody has committed: its shards are held. A client can have records known without storing a byte, and orders of those
 * would be for free.
 */
export const isOrderable = (segment: Uint8Array, { records }: OrderDeps['map']): boolean =>
  records.get(hexOf(segment))?.isCommitted === true

/**
 * Those of sets that are committed here are durable when it resolves.
 * @throws {LunarError} UNAUTHORIZED for another owner's set: then none is taken; STORE_FAILED
 */
export async function takeOrders(
  news: readonly NewOrder[],
  { map, sharedSets }: Pick<OrderDeps, 'map' | 'sharedSets'>,
): Promise<OrderOutcome[]> {
  const { records } = map
  for (const { segment, owner } of news) checkOwner(segment, owner, records.get(hexOf(segment))?.owner)
  const outcomeOf = ({ segment, owner }: NewOrder): OrderOutcome => {
    if (records.isBuriedBy(hexOf(segment), owner)) return 'buried'
    return isOrderable(segment, map) ? 'taken' : 'unknown'
  }
  const live = news.filter((one) => outcomeOf(one) === 'taken')
  await sharedSets.add(live)
  const gone = live.filter((one) => outcomeOf(one) !== 'taken') // buried or forgotten while it was written
  await sharedSets.drop(gone.map(({ segment }) => segment))
  return news.map((one) => (live.includes(one) ? outcomeOf(one) : outcomeOf(one) === 'buried' ? 'buried' : 'unknown'))
}

async function tellOwners(news: readonly NewOrder[], tally: OrderTally, deps: OrderDeps, signal: AbortSignal): Promise<void> {
  const byOwner = new Map<
    string,
    { readonly owner: PeerAddress; readonly told: { readonly at: number; readonly document: SignedDocument }[] }
  >()
  for (const [at, { segment, document }] of news.entries())
    for (const owner of deps.ring.otherOwners(segment)) {
      const of = byOwner.get(ringName(owner)) ?? { owner, told: [] }
      of.told.push({ at, document })
      byOwner.set(ringName(owner), of)
    }
  await Promise.all(
    [...byOwner.values()].map(async ({ owner, told }) => {
      const question = { orders: told.map(({ document }) => document) }
      const answer = await hear(owner, leavesOnly, question, deps, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })
      for (const [i, { at }] of told.entries()) tally.note(at, answer?.outcomes[i] ?? 'unknown', true)
    }),
  )
}
