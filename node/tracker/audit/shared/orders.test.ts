/**
 * Orders to ask sets for leaves only, among real trackers in one process under a seed.
 */
import { hexOf, itemAt } from '@lunarx/core/model'
import { makeRing, ringName } from '@lunarx/core/placement'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { compareLeavesOnly } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../../../../test/fleet/fleet.ts'
import { burySet, orderLeavesOnly, putSet, sealSet, type SealedSet } from '../../../../test/fleet/sets.ts'

/** Rare heartbeats, so that minutes are cheap. */
const DETECTION = { heartbeatMs: 30_000, suspectMs: 90_000, lostMs: 300_000 }
const CODE = { required: 2, parity: 1, survive: 1 }
const CLASSES = [{ name: 'standard', ...CODE, inlineBytes: 0, versions: 1 }]
/** Every tracker has compared with every other. */
const COMPARED = 12 * 60_000
/** 2d + 1. */
const COPIES = 3

/** Whether a tracker tells another that it has the order for a set. Both own the set, or the one tells nothing. */
async function hasOrder(fleet: Fleet, { id }: SealedSet, of: number, asker: number): Promise<boolean> {
  const { powered } = itemAt(fleet.trackers, asker)
  if (!powered) return false
  const question = { after: null, until: null, ordered: [] }
  const { answer } = await fleet.run(powered.peers.ask(itemAt(fleet.config.trackers, of), compareLeavesOnly, question))
  return answer.orders.some(({ body }) => hexOf(body).includes(hexOf(id)))
}

/** Places in the configuration of the trackers that own a set. */
const ownersOf = ({ config }: Fleet, { id }: SealedSet, trackers = config.trackers): number[] =>
  makeRing(trackers.map(ringName), crypto)
    .owners(id, COPIES)
    .map((name) => trackers.findIndex((tracker) => ringName(tracker) === name))

/** Of the trackers that own a set. */
async function having(fleet: Fleet, set: SealedSet): Promise<number> {
  const owners = ownersOf(fleet, set)
  const have = await Promise.all(owners.map((of, at) => hasOrder(fleet, set, of, itemAt(owners, (at + 1) % COPIES))))
  return have.filter(Boolean).length
}

const start = async (seed: number): Promise<Fleet> => {
  const fleet = await Fleet.start({ seed, providers: 3, network: { detection: DETECTION, classes: CLASSES } })
  await fleet.clock.runFor(3 * DETECTION.heartbeatMs)
  return fleet
}

test('an order is the owner’s, of a set that is known and not buried; then a majority of its trackers has it, and in the end all', async (t) => {
  await using fleet = await start(1)
  const set = sealSet(fleet, CODE)
  t.is(await fleet.run(orderLeavesOnly(fleet, set)), 'unknown', 'nobody has heard of it')
  await fleet.run(putSet(fleet, set))
  const stranger = crypto.signKey(fleet.random.bytes(32))
  for (const tracker of fleet.config.trackers)
    await t.throwsAsync(fleet.run(orderLeavesOnly(fleet, set, tracker, stranger)), { code: 'UNAUTHORIZED' })
  t.is(await having(fleet, set), 0)

  const [, second, third] = fleet.trackers
  for (const tracker of [second, third]) if (tracker) fleet.kill(tracker)
  t.is(await fleet.run(orderLeavesOnly(fleet, set)), 'short', 'one tracker of three is no majority')
  if (second) await fleet.startTracker(second)
  await fleet.clock.runFor(3 * DETECTION.heartbeatMs)
  t.is(await fleet.run(orderLeavesOnly(fleet, set)), 'taken')
  t.is(await fleet.run(orderLeavesOnly(fleet, set)), 'taken', 'once more, it changes nothing')
  if (third) await fleet.startTracker(third)
  await fleet.clock.runFor(COMPARED)
  t.is(await having(fleet, set), 3)

  await fleet.run(burySet(fleet, set))
  for (const tracker of fleet.config.trackers) t.is(await fleet.run(orderLeavesOnly(fleet, set, tracker)), 'buried')
  await fleet.clock.runFor(COMPARED)
  t.is(await having(fleet, set), 0)
  t.deepEqual(fleet.defects, [])
})

test('a tracker that lost its volume learns what is shared from the others, as does one that comes to own the set', async (t) => {
  await using fleet = await start(2)
  const grown = [0, 1, 2, 3, 4].map((at) => ({ ...itemAt(fleet.config.trackers, 0), host: `tracker-${at}` }))
  let set = sealSet(fleet, CODE)
  while (Math.max(...ownersOf(fleet, set, grown)) < COPIES) set = sealSet(fleet, CODE)
  await fleet.run(putSet(fleet, set))
  t.is(await fleet.run(orderLeavesOnly(fleet, set, itemAt(fleet.config.trackers, 1))), 'taken')
  const lost = itemAt(fleet.trackers, 2)
  fleet.destroy(lost)
  await fleet.startTracker(lost)
  await fleet.clock.runFor(COMPARED)
  t.true(await hasOrder(fleet, set, 2, 0))

  await fleet.scaleTrackers(5)
  t.true(Math.max(...ownersOf(fleet, set)) >= COPIES, 'a new tracker owns it')
  await fleet.clock.runFor(COMPARED)
  t.is(await having(fleet, set), 3)
  t.deepEqual(fleet.defects, [])
})
