/**
 * compare-leaves-only: two trackers find which owners' orders each lacks of the sets that both own. As with records, who does not own a
 * set any more names its order to those who do. So a tracker that was away, lost its volume or is new learns what is shared, after the
 * records that they are of.
 *
 * Seldom: an order is acknowledged by a majority of the owners.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { hasCode, hexOf, type PeerAddress } from '@lunarx/core/model'
import { compareLeavesOnly, leavesOnly, ORDERS_ASKED, ORDERS_COMPARED, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../../limits.ts'
import { batches, compareDocuments } from '../../map/index.ts'
import { openOrder, type KeptOrder, type NewOrder, type SharedSets } from './shared-sets.ts'
import { isOrderable, takeOrders, type OrderDeps } from './take-orders.ts'

const TOLD = { count: ORDERS_ASKED, bytes: TRACKER_LIMITS.documentBytes }

/**
 * Compares everything that the other owns with it, page by page.
 * @param limit orders in a page
 * @returns how many orders the other lacked: 0 says that it has all
 */
export async function compareOrdersWith(
  other: PeerAddress,
  deps: OrderDeps,
  signal: AbortSignal,
  limit: number = ORDERS_COMPARED,
): Promise<number> {
  const { ask, map, ring, sharedSets } = deps
  let lacked = 0
  let after: Uint8Array | null = null
  for (let count = 0; count < TRACKER_LIMITS.comparedPages; count++) {
    const page: KeptOrder[] = await sharedSets.page(after, null, limit)
    await sharedSets.drop(page.flatMap(({ segment }) => (map.records.isBuried(hexOf(segment)) ? [segment] : [])))
    const until = page.length < limit ? null : (page.at(-1)?.segment ?? null)
    const theirs = page.filter(({ segment }) => map.records.get(hexOf(segment)) && ring.isOwnedBy(segment, other))
    const question = { after, until, ordered: theirs.map(({ segment }) => segment) }
    const { orders, wanted, isTold } = await askToCompare(other, question, deps, signal)
    await learnOrders(orders, other, deps)
    const isWanted = new Set(wanted.map(hexOf))
    const told = theirs.filter(({ segment }) => isWanted.has(hexOf(segment))).map(({ document }) => document)
    lacked += told.length
    if (isTold) for (const batch of batches(told, TOLD)) await ask(other, leavesOnly, { orders: batch }, { signal })
    if (until === null) return lacked
    after = until
  }
  return lacked + 1 // it did not come to the end
}

/** A tracker of the version before knows of no orders: it lacks them all, and has no room for them yet. */
async function askToCompare(
  other: PeerAddress,
  question: QuestionOf<typeof compareLeavesOnly>,
  { ask }: OrderDeps,
  signal: AbortSignal,
): Promise<AnswerOf<typeof compareLeavesOnly> & { readonly isTold: boolean }> {
  try {
    return { ...(await ask(other, compareLeavesOnly, question, { signal })), isTold: true }
  } catch (error) {
    if (!hasCode(error, 'UNKNOWN_EXCHANGE')) throw error
    return { orders: [], wanted: [...question.ordered], isTold: false }
  }
}

/** The other side: what the asker lacks in its range, as far as one message carries, and what is lacking here. */
export async function answerCompareOrders(
  { after, until, ordered }: QuestionOf<typeof compareLeavesOnly>,
  { map, ring, sharedSets }: Pick<OrderDeps, 'map' | 'ring' | 'sharedSets'>,
  asker: PeerAddress | undefined,
  limit: number = ORDERS_COMPARED,
): Promise<AnswerOf<typeof compareLeavesOnly>> {
  const compared = {
    page: (...range: Parameters<SharedSets['page']>) => sharedSets.page(...range),
    has: (segment: Uint8Array) => sharedSets.has(segment),
    isOfUse: (segment: Uint8Array) => isOrderable(segment, map),
    isTheirs: (segment: Uint8Array) => asker === undefined || ring.isShared(segment, asker),
  }
  const { lacked, wanted } = await compareDocuments({ after, until, ids: ordered }, compared, limit)
  return { orders: lacked, wanted }
}

/** Those that cannot be opened, or are of another owner's set, are left out. */
async function learnOrders(documents: readonly SignedDocument[], from: PeerAddress, deps: OrderDeps): Promise<void> {
  const { records } = deps.map
  const orders = documents.flatMap((document): NewOrder[] => {
    try {
      const order = openOrder(document, deps)
      const known = records.get(hexOf(order.segment))
      return known && hexOf(known.owner) === hexOf(order.owner) ? [order] : []
    } catch (error) {
      if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE', 'UNKNOWN_NETWORK')) throw error
      deps.log.warn('an order that another tracker told was refused', { tracker: from.host, error })
      return []
    }
  })
  await takeOrders(orders, deps)
}
