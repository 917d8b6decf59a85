/**
 * What the shards of a network may take in all, whatever room its providers have.
 */
import { hasCode, itemAt, type PeerAddress } from '@lunarx/core/model'
import test from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { putSet, reserveSet, sealSet, type SealedSet } from '../../test/fleet/sets.ts'

const SECOND = 1_000
const HEARTBEATS_MS = 10 * SECOND

const bytesOf = ({ shards }: SealedSet): number => shards.reduce((sum, { length }) => sum + length, 0)

test('a network takes nothing new beyond its quota, repairs all the same, and takes on when it is raised', async (t) => {
  await using fleet = await Fleet.start({ seed: 3 })
  await fleet.clock.runFor(HEARTBEATS_MS)
  const tracker: PeerAddress = itemAt(fleet.config.trackers, 0)
  const sets = Array.from({ length: 4 }, () => sealSet(fleet))
  const [first, second, third, fourth] = sets as [SealedSet, SealedSet, SealedSet, SealedSet]
  fleet.quotaBytes = bytesOf(first) + bytesOf(second)
  await fleet.run(putSet(fleet, first))
  await fleet.run(reserveSet(fleet, second, tracker))
  const refused = (set: SealedSet) => t.throwsAsync(fleet.run(reserveSet(fleet, set, tracker)), { code: 'NO_ROOM' })
  await fleet.clock.runFor(HEARTBEATS_MS) // what was promised counts once, told by providers as reserved
  t.like(await refused(third), { detail: { reason: 'quota', quotaBytes: fleet.quotaBytes, wantedBytes: bytesOf(third) } })

  const { placed } = await fleet.run(putSet(fleet, second))
  t.is(placed.length, second.shards.length, 'what is reserved may still be stored')
  await fleet.clock.runFor(HEARTBEATS_MS)
  await refused(third)

  const victim = fleet.providerOf(placed[0]?.provider.peer)
  const { peer } = victim.machine
  fleet.destroy(victim)
  await fleet.tell((one) => one.declareLost(peer, 'volume destroyed'))
  const isWhole = () => fleet.runningTrackers.every((one) => one.status().sets.degraded === 0)
  t.true(await fleet.clock.runUntil(() => !isWhole(), 10 * SECOND))
  t.true(await fleet.clock.runUntil(isWhole, 60 * SECOND), 'a quota stands in the way of no repair')
  await fleet.clock.runFor(HEARTBEATS_MS)
  await refused(third)

  fleet.quotaBytes += bytesOf(third)
  await fleet.run(putSet(fleet, third))
  await fleet.clock.runFor(HEARTBEATS_MS)
  await refused(fourth)
  t.deepEqual(fleet.defects, [])
})

test('sets that are placed side by side share what is left of the quota, to the byte', async (t) => {
  await using fleet = await Fleet.start({ seed: 4, trackers: 1 })
  await fleet.clock.runFor(HEARTBEATS_MS)
  const tracker: PeerAddress = itemAt(fleet.config.trackers, 0)
  const sets = Array.from({ length: 6 }, () => sealSet(fleet))
  fleet.quotaBytes = 2 * bytesOf(itemAt(sets, 0))
  const outcomes = await fleet.run(Promise.allSettled(sets.map((set) => reserveSet(fleet, set, tracker))))
  t.is(outcomes.filter(({ status }) => status === 'fulfilled').length, 2)
  for (const outcome of outcomes) if (outcome.status === 'rejected') t.true(hasCode(outcome.reason, 'NO_ROOM'))
  t.deepEqual(fleet.defects, [])
})
