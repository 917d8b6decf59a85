/**
 * Providers whose rows stay missing, among real trackers and providers in one process under a seed.
 */
import { LACKING, type RowAnswer } from '@lunarx/core/audit'
import { LunarError } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { digestRows, handover, pullRows, readRows } from '@lunarx/wire'
import test from 'ava'
import { disguised } from '../../../../test/fleet/disguised.ts'
import type { Fleet } from '../../../../test/fleet/fleet.ts'
import {
  adopt,
  countsOf,
  HOUR,
  lackingOf,
  membersOf,
  MINUTE,
  standingsOf,
  started,
  VETTING,
  withLiar,
  write,
  writeAll,
} from './_row-fleet.test.ts'

const dropped = (answer: RowAnswer): RowAnswer => ({ ...answer, proof: null })
const sayAll = (fleet: Fleet, peer: string): boolean => lackingOf(fleet, peer).every((one) => one !== undefined)
const saysNone = (fleet: Fleet, peer: string): boolean => lackingOf(fleet, peer).every((one) => one === undefined)

/** A member of the table that has dropped its rows and fetches none, as long as it lies. */
async function withDropper() {
  const lie = { is: true }
  const rows = await withLiar({
    root: (honest) => (lie.is ? null : honest),
    answer: (honest) => (lie.is ? dropped(honest) : honest),
  })
  return { rows, fleet: rows.fleet, lie, peer: rows.liar, others: rows.fleet.providers.filter(({ machine }) => machine.peer !== rows.liar) }
}

test('who goes on lacking rows is said to by every tracker, until it has proved them for hours: out of the epoch, and over restarts', async (t) => {
  const { rows, fleet, lie, peer, others } = await withDropper()
  await using _ = fleet
  await fleet.clock.runFor(HOUR - MINUTE)
  t.true(saysNone(fleet, peer))
  t.true(await fleet.clock.runUntil(() => sayAll(fleet, peer), 3 * HOUR))
  for (const { machine } of others) t.true(saysNone(fleet, machine.peer))
  t.deepEqual(standingsOf(fleet, peer), VETTING, 'it is no guilt')
  t.like(lackingOf(fleet, peer)[0], { provedForMs: 0, provingMs: LACKING.provingMs })

  await adopt(rows, others)
  for (const tracker of fleet.trackers) {
    fleet.kill(tracker)
    await fleet.startTracker(tracker)
  }
  t.true(sayAll(fleet, peer), 'a tracker that starts again does not take it back')
  await fleet.clock.runFor(HOUR)
  t.true(sayAll(fleet, peer))
  t.is(lackingOf(fleet, peer)[0]?.provedForMs, 0)

  lie.is = false
  await fleet.clock.runFor(LACKING.provingMs - 30 * MINUTE)
  t.true(sayAll(fleet, peer))
  t.true(await fleet.clock.runUntil(() => saysNone(fleet, peer), 90 * MINUTE))
  t.deepEqual(fleet.defects, [])
})

test('nothing is held against who lacks rows while it is worked on, or is to go; afterwards it begins anew', async (t) => {
  const { fleet, peer } = await withDropper()
  await using _ = fleet
  t.true(await fleet.clock.runUntil(() => countsOf(fleet, peer).contained > 0, HOUR))
  await fleet.clock.runFor(30 * MINUTE)
  await fleet.tell((tracker) => tracker.admin.maintenance({ peer, forMs: 2 * HOUR }))
  await fleet.clock.runFor(2 * HOUR + 50 * MINUTE)
  t.is(countsOf(fleet, peer).missing, 0)
  t.true(saysNone(fleet, peer))
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  await fleet.clock.runFor(2 * HOUR)
  t.is(countsOf(fleet, peer).missing, 0)
  t.true(saysNone(fleet, peer))
  t.deepEqual(fleet.defects, [])
})

/** Answers trackers, and gives no row to other providers. */
function keepsToItself(peers: Peers, isHoarding: () => boolean): Peers {
  const kept: readonly string[] = [readRows, pullRows, digestRows, handover].map(({ name }) => name)
  return disguised(peers, {
    answer(exchange, handler) {
      peers.answer(exchange, (question, asked) => {
        if (kept.includes(exchange.name) && isHoarding() && asked.session.credential.role === 'provider')
          throw new LunarError('TOO_MANY_REQUESTS', 'keeps it to itself')
        return handler(question, asked)
      })
    },
  })
}

test('an author who writes to one member alone, which shows the row and gives it to nobody, has none of the others left out', async (t) => {
  let hoarder = ''
  const rows = await started({ disguise: (_, peers) => keepsToItself(peers, () => peers.self === hoarder) })
  const { fleet } = rows
  await using _ = fleet
  await writeAll(rows)
  const [first, ...victims] = membersOf(rows)
  hoarder = first?.peer ?? ''
  for (let i = 0; i < 30; i++) await write(rows, `hoarded ${i}`, 1, first ? [first] : [])
  t.true(await fleet.clock.runUntil(() => victims.some(({ peer }) => countsOf(fleet, peer).missing > 0), 3 * HOUR))
  await fleet.clock.runFor(HOUR)
  for (const { machine } of fleet.providers) t.true(saysNone(fleet, machine.peer), machine.place.host)
  t.deepEqual(fleet.defects, [])
})
