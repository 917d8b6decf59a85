/**
 * Orders handed over and compared page by page, between the real parts of two trackers.
 */
import { hexOf, LunarError } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { Trace } from '@lunarx/runtime/log'
import { compareLeavesOnly, type Exchange, type leavesOnly, type QuestionOf } from '@lunarx/wire'
import test from 'ava'
import type { Ask } from '../../ask/index.ts'
import type { NewRecord } from '../../map/index.ts'
import { NETWORK, openRecords, orderOf, ringOf, sealRecords, trackerAt } from '../../map/_records.test.ts'
import { answerCompareOrders, compareOrdersWith } from './compare-orders.ts'
import { openOrder, SharedSets } from './shared-sets.ts'
import { takeOrders, type OrderDeps } from './take-orders.ts'

const PAGE = 4
const RECORDS = sealRecords(40)
const ORDERS = new Map(RECORDS.map((record) => [record, openOrder(orderOf(record), { network: NETWORK, crypto })]))
const { signal } = new AbortController()
const nobody = (() => Promise.reject(new LunarError('PEER_UNREACHABLE', 'nobody is asked'))) as unknown as Ask

/** A tracker that knows all records and has some of the orders. */
async function openSide(self: number, trackers: number, ordered: readonly NewRecord[], ask: Ask = nobody): Promise<OrderDeps> {
  const { openStore, clock, ...side } = await openRecords(RECORDS)
  const sharedSets = new SharedSets(await openStore('audit'))
  await sharedSets.add(ordered.flatMap((record) => ORDERS.get(record) ?? []))
  return { ...side, ask, log: new Trace(clock).log(`tracker-${self}`), ring: ringOf(self, trackers), sharedSets }
}

/** Asks a tracker of this process. */
const askOf = (side: OrderDeps): Ask =>
  (async (_: unknown, exchange: Exchange<unknown, unknown>, question: unknown) => {
    if (exchange.name === compareLeavesOnly.name)
      return await answerCompareOrders(question as QuestionOf<typeof compareLeavesOnly>, side, undefined, PAGE)
    const { orders } = question as QuestionOf<typeof leavesOnly>
    return {
      outcomes: await takeOrders(
        orders.map((document) => openOrder(document, side)),
        side,
      ),
    }
  }) as unknown as Ask

test('a tracker that leaves hands its orders over, page by page, to one that has more of them, and is done then', async (t) => {
  const isLackedByHeir = (at: number): boolean => at === 5 || at === 38
  const heir = await openSide(
    0,
    3,
    RECORDS.filter((_, at) => !isLackedByHeir(at)),
  )
  const leaver = await openSide(
    3,
    3,
    RECORDS.filter((_, at) => at % 3 === 2),
    askOf(heir),
  )
  t.is(await compareOrdersWith(trackerAt(0), leaver, signal, PAGE), 2)
  t.is(await compareOrdersWith(trackerAt(0), leaver, signal, PAGE), 0)
  for (const { id } of RECORDS) t.true(await heir.sharedSets.has(id))
})

test('a tracker that has none gets those of all sets that both own, of pages full of other sets too', async (t) => {
  const side = await openSide(0, 5, RECORDS)
  const question = { after: null, until: null, ordered: [] }
  const { orders } = await answerCompareOrders(question, side, trackerAt(4), PAGE)
  const shared = RECORDS.filter(({ id }) => side.ring.isShared(id, trackerAt(4)))
  t.true(shared.length > 2 * PAGE)
  t.deepEqual(
    orders.map((document) => hexOf(openOrder(document, side).segment)),
    shared.map(({ id }) => hexOf(id)),
  )
})

test('a tracker of the version before lacks all orders, and is told none', async (t) => {
  const asked: string[] = []
  const old = (async (_: unknown, { name }: Exchange<unknown, unknown>) => {
    asked.push(name)
    throw new LunarError('UNKNOWN_EXCHANGE', 'the peer does not serve this exchange')
  }) as unknown as Ask
  const side = await openSide(3, 3, RECORDS.slice(0, PAGE - 1), old)
  t.is(await compareOrdersWith(trackerAt(0), side, signal, PAGE), PAGE - 1)
  t.deepEqual(asked, [compareLeavesOnly.name])
})

test('orders are taken of committed sets alone: who only reserves has none kept, and none is asked for; what is forgotten meanwhile goes', async (t) => {
  const side = await openSide(0, 3, [])
  const [reserved, forgotten, kept] = sealRecords(43).filter(({ id }) => !side.map.records.has(id))
  if (!reserved || !forgotten || !kept) throw new Error('no more records')
  await side.map.records.learn([reserved], { isCommitted: false })
  await side.map.records.learn([forgotten, kept], { isCommitted: true })
  const orders = [reserved, forgotten, kept].map((record) => openOrder(orderOf(record), side))
  const taking = takeOrders(orders, side)
  const forgetting = side.map.records.forget(forgotten.id)
  t.deepEqual(await taking, ['unknown', 'unknown', 'taken'])
  await forgetting
  t.deepEqual(await Promise.all([reserved, forgotten, kept].map(({ id }) => side.sharedSets.has(id))), [false, false, true])
  const question = { after: null, until: null, ordered: [reserved.id] }
  t.deepEqual((await answerCompareOrders(question, side, undefined)).wanted, [])
  await side.map.records.commit([hexOf(reserved.id)])
  t.deepEqual((await answerCompareOrders(question, side, undefined)).wanted, [reserved.id])
})
