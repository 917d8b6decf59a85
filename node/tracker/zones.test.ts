/**
 * Zones: shards are spread over them, and bound to them where the class says so. Trackers learn them from credentials.
 */
import { ZONE_KEY } from '@lunarx/core/membership'
import { itemAt } from '@lunarx/core/model'
import test from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { locateSet, putSet, readShard, sealSet, type SealedSet } from '../../test/fleet/sets.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const BOUND = [{ name: 'standard', required: 4, parity: 2, survive: 1, zones: 'Bind', inlineBytes: 0, versions: 1 } as const]

async function started(options: Omit<Parameters<typeof Fleet.start>[0], 'seed'>): Promise<Fleet> {
  const fleet = await Fleet.start({ seed: 9, trackers: 1, ...options })
  await fleet.clock.runFor(10 * SECOND)
  return fleet
}

const zoneOf = (fleet: Fleet, peer: string | undefined): string => fleet.providerOf(peer).machine.place.domains[ZONE_KEY] ?? ''
const killZone = (fleet: Fleet, zone: string): void =>
  fleet.providers.filter(({ machine }) => machine.place.domains[ZONE_KEY] === zone).forEach((one) => fleet.kill(one))

/** Those that are not lost. */
const holdersOf = async (fleet: Fleet, set: SealedSet) => (await fleet.run(locateSet(fleet, set, itemAt(fleet.config.trackers, 0)))).holders

/** Shards by zone, the most first. */
async function byZone(fleet: Fleet, set: SealedSet): Promise<number[]> {
  const zones = Map.groupBy(await holdersOf(fleet, set), ({ provider }) => zoneOf(fleet, provider.peer))
  return [...zones.values()].map((there) => there.length).sort((a, b) => b - a)
}

test('no zone has more of a set than it must, though none binds: one that goes takes two of six with it', async (t) => {
  // nine providers: the first zone has one more than the others
  await using fleet = await started({ providers: 9, domains: 9, zones: 4 })
  const sets = Array.from({ length: 4 }, () => sealSet(fleet))
  for (const set of sets) {
    t.is((await fleet.run(putSet(fleet, set))).margin, 2)
    t.deepEqual(await byZone(fleet, set), [2, 2, 1, 1])
  }
  for (const { name, zone } of fleet.anyTracker.status().providers) t.is(zone, `z${Number(name.split('-')[1]) % 4}`)
  killZone(fleet, 'z0')
  for (const set of sets) {
    const left = (await holdersOf(fleet, set)).filter(({ provider }) => zoneOf(fleet, provider.peer) !== 'z0')
    t.true(left.length >= 4)
    for (const { index, provider } of left) t.deepEqual(await fleet.run(readShard(fleet, set, index, provider)), set.shards[index])
  }
  t.deepEqual(fleet.defects, [])
})

test('where zones bind, too few of them refuse a set and say why', async (t) => {
  await using fleet = await started({ providers: 8, domains: 8, zones: 2, network: { classes: BOUND } })
  const error = await t.throwsAsync(fleet.run(putSet(fleet, sealSet(fleet))), { code: 'NO_ROOM' })
  t.like(error, { detail: { short: 2, reason: 'zones' } })
  t.deepEqual(fleet.defects, [])
})

test('where zones bind and one is lost, its shards are made again in the others rather than not at all', async (t) => {
  await using fleet = await started({ providers: 9, domains: 9, zones: 3, network: { classes: BOUND } })
  const sets = Array.from({ length: 5 }, () => sealSet(fleet))
  for (const set of sets) {
    t.is((await fleet.run(putSet(fleet, set))).margin, 2)
    t.deepEqual(await byZone(fleet, set), [2, 2, 2])
  }
  const isWhole = (): boolean => JSON.stringify(fleet.anyTracker.status().sets.margin) === '{"2":5}'
  t.true(await fleet.clock.runUntil(isWhole, MINUTE))
  killZone(fleet, 'z1')
  t.true(await fleet.clock.runUntil(() => !isWhole(), 2 * MINUTE), 'it is noticed')
  t.true(await fleet.clock.runUntil(isWhole, 20 * MINUTE))
  for (const set of sets) t.deepEqual(await byZone(fleet, set), [3, 3])
  t.deepEqual(fleet.defects, [])
})
