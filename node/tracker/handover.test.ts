/**
 * A tracker that the network names no more: it says that it has handed over once everyone has what it knew, and not before.
 */
import { TOMBSTONE, signDocument } from '@lunarx/core/document'
import { itemAt, type PeerAddress } from '@lunarx/core/model'
import { makeRing, ringName } from '@lunarx/core/placement'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { bury, compareLeavesOnly, type TrackerHandover } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import {
  ask,
  burySet,
  keepSet,
  locateSet,
  orderLeavesOnly,
  putSet,
  readShard,
  reserveSet,
  sealSet,
  type SealedSet,
} from '../../test/fleet/sets.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** 2d + 1. */
const COPIES = 3
const TRACKERS = 5

type Running = Fleet['trackers'][number]

const handoverOf = ({ role }: Running): TrackerHandover | undefined => role?.status().handover
const addressOf = ({ machine }: Running): PeerAddress => machine.address

const ownersOf = ({ id }: SealedSet, trackers: readonly Running[]): Running[] =>
  makeRing(
    trackers.map((tracker) => ringName(addressOf(tracker))),
    crypto,
  )
    .owners(id, COPIES)
    .flatMap((name) => trackers.find((tracker) => ringName(addressOf(tracker)) === name) ?? [])

/** A set that the last tracker owns, and that gets one new owner when it leaves. */
function sealMoving(fleet: Fleet): { readonly set: SealedSet; readonly staying: readonly Running[]; readonly heir: Running } {
  const [all, rest] = [fleet.trackers, fleet.trackers.slice(0, -1)]
  const last = itemAt(all, all.length - 1)
  for (;;) {
    const set = sealSet(fleet)
    const before = ownersOf(set, all)
    const heir = ownersOf(set, rest).find((tracker) => !before.includes(tracker))
    if (before.includes(last) && heir) return { set, staying: before.filter((tracker) => tracker !== last), heir }
  }
}

async function until(fleet: Fleet, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited++) {
    if (waited > 60) throw new Error('not within ten minutes')
    await fleet.clock.runFor(10 * SECOND)
  }
}

test('of what only the leaving tracker and one that is lost then know, nothing is lost and nothing comes back', async (t) => {
  await using fleet = await Fleet.start({ seed: 11, trackers: TRACKERS })
  await fleet.clock.runFor(10 * SECOND)
  const last = itemAt(fleet.trackers, TRACKERS - 1)
  const { set, staying, heir } = sealMoving(fleet)
  const [first, second] = [itemAt(staying, 0), itemAt(staying, 1)]
  const { placed } = await fleet.run(putSet(fleet, set, addressOf(first)))
  const { index, provider } = itemAt(placed, 0)
  const away = fleet.providerOf(provider.peer)
  fleet.kill(away) // with its shard
  fleet.kill(second)
  fleet.kill(heir)
  t.deepEqual(await fleet.run(burySet(fleet, set, addressOf(first))), { accepted: 1 }) // by a majority: the first, and the one that leaves

  t.is(await fleet.leaveOutLastTracker(), last)
  await fleet.clock.runFor(2 * MINUTE)
  t.like(handoverOf(last), { isDone: false, trackers: 4, compared: 2 }, 'two of four are away')
  await fleet.startTracker(second)
  await fleet.startTracker(heir)
  await until(fleet, () => handoverOf(last)?.isDone === true)
  t.deepEqual(handoverOf(last), { left: 0, compared: 4, trackers: 4, isDone: true })

  fleet.destroy(last)
  fleet.destroy(first)
  await fleet.startProvider(away)
  await fleet.clock.runFor(2 * MINUTE)
  for (const tracker of [second, heir]) t.true((await fleet.run(locateSet(fleet, set, addressOf(tracker)))).buried)
  await t.throwsAsync(fleet.run(readShard(fleet, set, index, provider)), { code: 'SHARD_NOT_FOUND' })
  t.deepEqual(fleet.defects, [])
})

test('orders to ask sets for leaves only are handed over too, where nobody else has them any more', async (t) => {
  await using fleet = await Fleet.start({ seed: 15, trackers: TRACKERS })
  await fleet.clock.runFor(10 * SECOND)
  const last = itemAt(fleet.trackers, TRACKERS - 1)
  const { set, staying, heir } = sealMoving(fleet)
  const [first, second] = [itemAt(staying, 0), itemAt(staying, 1)]
  await fleet.run(putSet(fleet, set, addressOf(first)))
  fleet.kill(second)
  fleet.kill(heir)
  t.is(await fleet.run(orderLeavesOnly(fleet, set, addressOf(first))), 'taken') // by a majority: the first, and the one that leaves
  await fleet.leaveOutLastTracker()
  fleet.destroy(first)
  for (const tracker of [first, second, heir]) await fleet.startTracker(tracker)
  await until(fleet, () => handoverOf(last)?.isDone === true)
  fleet.destroy(last)
  const question = { after: null, until: null, ordered: [] }
  for (const [owner, asker] of [
    [first, second],
    [second, heir],
    [heir, first],
  ] as const) {
    const answered = asker.powered?.peers.ask(addressOf(owner), compareLeavesOnly, question)
    t.is((answered && (await fleet.run(answered)))?.answer.orders.length, 1)
  }
  t.deepEqual(fleet.defects, [])
})

test('it takes nothing that it would have to hand over; what clients ask is passed on, and refused where nobody can be asked', async (t) => {
  await using fleet = await Fleet.start({ seed: 12, trackers: TRACKERS })
  await fleet.clock.runFor(10 * SECOND)
  const { set, heir } = sealMoving(fleet)
  const last = await fleet.leaveOutLastTracker()
  await fleet.clock.runFor(30 * SECOND)
  t.is((await fleet.run(putSet(fleet, set, addressOf(last)))).margin, 2)
  t.is(last.role?.status().records, 0)
  t.is((await fleet.run(locateSet(fleet, set, addressOf(last)))).known, true)
  t.true((await fleet.run(locateSet(fleet, set, addressOf(heir)))).known)
  await until(fleet, () => handoverOf(last)?.isDone === true)

  for (const tracker of fleet.trackers) if (tracker !== last) fleet.kill(tracker)
  await t.throwsAsync(fleet.run(reserveSet(fleet, sealSet(fleet), addressOf(last))), { code: 'PEER_UNREACHABLE' })
  t.not(await fleet.run(keepSet(fleet, set, addressOf(last))), 'kept')
  await t.throwsAsync(fleet.run(burySet(fleet, set, addressOf(last))), { code: 'PEER_UNREACHABLE' })
  t.false(handoverOf(last)?.isDone)
  t.deepEqual(fleet.defects, [])
})

test('a tombstone of a stranger, which the owners refuse, does not keep a tracker for ever', async (t) => {
  await using fleet = await Fleet.start({ seed: 13, trackers: TRACKERS })
  await fleet.clock.runFor(10 * SECOND)
  const all = fleet.trackers
  const last = itemAt(all, TRACKERS - 1)
  const rest = all.slice(0, -1)
  const set = (() => {
    for (;;) {
      const sealed = sealSet(fleet)
      if (!ownersOf(sealed, all).includes(last)) return sealed
    }
  })()
  await fleet.run(putSet(fleet, set, addressOf(itemAt(all, 0))))
  const stranger = crypto.signKey(fleet.random.bytes(32))
  const value = { network: fleet.config.network, owner: stranger.publicKey, segment: set.id, deletedMs: fleet.clock.now() }
  const forged = ask(fleet, addressOf(last), bury, { tombstones: [signDocument(TOMBSTONE, value, stranger)] })
  await t.throwsAsync(fleet.run(forged)) // the owners know whose it is; the tracker that was asked did not
  t.is(await fleet.leaveOutLastTracker(), last)
  await until(fleet, () => handoverOf(last)?.isDone === true)
  for (const tracker of rest) t.false((await fleet.run(locateSet(fleet, set, addressOf(tracker)))).buried)
  t.deepEqual(fleet.defects, [])
})

test('a tracker that is named again is one of the network as before, and is taught what it missed', async (t) => {
  await using fleet = await Fleet.start({ seed: 14, trackers: TRACKERS })
  await fleet.clock.runFor(10 * SECOND)
  const [kept, deleted] = [sealMoving(fleet).set, sealMoving(fleet).set]
  await fleet.run(putSet(fleet, deleted))
  const last = await fleet.leaveOutLastTracker()
  await fleet.clock.runFor(30 * SECOND)
  await fleet.run(putSet(fleet, kept))
  await fleet.run(burySet(fleet, deleted))
  t.truthy(handoverOf(last))
  await fleet.scaleTrackers(TRACKERS)
  t.is(handoverOf(last), undefined)
  await fleet.clock.runFor(3 * MINUTE)
  t.true((await fleet.run(locateSet(fleet, kept, addressOf(last)))).known)
  t.true((await fleet.run(locateSet(fleet, deleted, addressOf(last)))).buried)
  t.deepEqual(fleet.defects, [])
})
