/**
 * Orders to ask sets for leaves only, among real trackers in one process under a seed.
 */
import { hexOf, itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { compareLeavesOnly } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../../../../test/fleet/fleet.ts'
import { burySet, orderLeavesOnly, putSet, sealSet } from '../../../../test/fleet/sets.ts'

const SECOND = 1_000
/** Of two comparisons. */
const COMPARED = 25 * 60 * SECOND

/** Ids that a tracker has orders of, as it tells another. */
async function ordered(fleet: Fleet, of: number, asker: number): Promise<string[]> {
  const { powered } = itemAt(fleet.trackers, asker)
  if (!powered) return []
  const question = { after: null, until: null, ordered: [] }
  const { answer } = await fleet.run(powered.peers.ask(itemAt(fleet.config.trackers, of), compareLeavesOnly, question))
  return answer.orders.map(({ body }) => hexOf(body))
}

const counts = async (fleet: Fleet): Promise<number[]> =>
  await Promise.all([0, 1, 2].map(async (of) => (await ordered(fleet, of, (of + 1) % 3)).length))

test('an order is the owner’s, of a set that is known and not buried; then a majority of its trackers has it, and in the end all', async (t) => {
  await using fleet = await Fleet.start({ seed: 1 })
  await fleet.clock.runFor(10 * SECOND)
  const set = sealSet(fleet)
  t.is(await fleet.run(orderLeavesOnly(fleet, set)), 'unknown', 'nobody has heard of it')
  await fleet.run(putSet(fleet, set))
  const stranger = crypto.signKey(fleet.random.bytes(32))
  for (const tracker of fleet.config.trackers)
    await t.throwsAsync(fleet.run(orderLeavesOnly(fleet, set, tracker, stranger)), { code: 'UNAUTHORIZED' })
  t.deepEqual(await counts(fleet), [0, 0, 0])

  const [, second, third] = fleet.trackers
  for (const tracker of [second, third]) if (tracker) fleet.kill(tracker)
  t.is(await fleet.run(orderLeavesOnly(fleet, set)), 'short', 'one tracker of three is no majority')
  if (second) await fleet.startTracker(second)
  await fleet.clock.runFor(10 * SECOND)
  t.is(await fleet.run(orderLeavesOnly(fleet, set)), 'taken')
  t.is(await fleet.run(orderLeavesOnly(fleet, set)), 'taken', 'once more, it changes nothing')
  if (third) await fleet.startTracker(third)
  await fleet.clock.runFor(COMPARED)
  t.deepEqual(await counts(fleet), [1, 1, 1])

  await fleet.run(burySet(fleet, set))
  for (const tracker of fleet.config.trackers) t.is(await fleet.run(orderLeavesOnly(fleet, set, tracker)), 'buried')
  await fleet.clock.runFor(COMPARED)
  t.deepEqual(await counts(fleet), [0, 0, 0])
  t.deepEqual(fleet.defects, [])
})

test('a tracker that lost its volume learns what is shared from the others, as does one that comes to own the set', async (t) => {
  await using fleet = await Fleet.start({ seed: 2 })
  await fleet.clock.runFor(10 * SECOND)
  const sets = [sealSet(fleet), sealSet(fleet)]
  for (const set of sets) {
    await fleet.run(putSet(fleet, set))
    t.is(await fleet.run(orderLeavesOnly(fleet, set, itemAt(fleet.config.trackers, 1))), 'taken')
  }
  const lost = itemAt(fleet.trackers, 2)
  fleet.destroy(lost)
  await fleet.startTracker(lost)
  await fleet.clock.runFor(COMPARED)
  t.is((await ordered(fleet, 2, 0)).length, 2)

  await fleet.scaleTrackers(5)
  await fleet.clock.runFor(COMPARED)
  const having = await Promise.all([0, 1, 2, 3, 4].map((of) => ordered(fleet, of, of === 0 ? 1 : 0)))
  // of those that both own: a set is known to be with each of its three
  t.true(having.some((orders, at) => at >= 3 && orders.length > 0) || having.flat().length >= 4)
  t.deepEqual(fleet.defects, [])
})
