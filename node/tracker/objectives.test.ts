/**
 * What is promised of detection and repair, measured under the simulated clock: times, no flapping, the byte cap and what passes it by,
 * repairers that die, trackers that do not undo each other.
 */
import { itemAt } from '@lunarx/core/model'
import { STALL_MS } from '@lunarx/net/simulated'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { locateSet, putSet, sealSet, type SealedSet } from '../../test/fleet/sets.ts'
import { expectedSuspicions } from '../../test/fleet/suspicion.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

const started = async (seed: number, options: Partial<Parameters<typeof Fleet.start>[0]> = {}): Promise<Fleet> => {
  const fleet = await Fleet.start({ seed, ...options })
  await fleet.clock.runFor(10 * SECOND)
  return fleet
}

const stateOf = (fleet: Fleet, peer: string) =>
  fleet.runningTrackers.map((tracker) => tracker.status().providers.find((one) => one.peer === peer)?.state)
const repairedBy = (fleet: Fleet) => fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0)
const isWhole = (fleet: Fleet) => fleet.runningTrackers.every((tracker) => tracker.status().sets.degraded === 0)

/** Index → how many live providers hold it, as a tracker says. */
async function holdersOf(fleet: Fleet, set: SealedSet): Promise<number[]> {
  const { holders } = await fleet.run(locateSet(fleet, set, itemAt(fleet.config.trackers, 0)))
  return set.shards.map((_, index) => holders.filter((one) => one.index === index && one.state === 'alive').length)
}

test('a killed provider is suspect to every tracker within 15 s, and lost within 60 s, whenever it is killed', async (t) => {
  const seen: string[] = []
  await using fleet = await started(1)
  const random = new SeededRandom(1)
  for (const victim of fleet.providers.slice(0, 4)) {
    const { peer } = victim.machine
    await fleet.clock.runFor(Math.floor(random.uniform() * 5 * SECOND))
    fleet.kill(victim)
    const killedMs = fleet.clock.elapsed()
    for (const [state, limitMs] of [
      ['suspect', 15 * SECOND],
      ['lost', 60 * SECOND],
    ] as const) {
      const isSeen = await fleet.clock.runUntil(() => stateOf(fleet, peer).every((one) => one === state), 2 * MINUTE)
      const tookMs = fleet.clock.elapsed() - killedMs
      t.true(isSeen && tookMs <= limitMs, `${state} after ${tookMs} ms`)
      seen.push(`${state} after ${(tookMs / SECOND).toFixed(1)} s`)
    }
    await fleet.startProvider(victim)
    await fleet.clock.runFor(10 * SECOND)
  }
  t.log(seen.join(', '))
})

/** Suspicions of all providers that the detector's formula makes of lost messages: as many as are exceeded in 1 of 1,000 such times. */
function suspicionsIn(minutes: number, { config, net, providers }: Fleet, delayMs: readonly [number, number]): number {
  const { dropRate } = net.faults
  const network = { detection: config.detection, trackers: config.trackers.length, dropRate, stallMs: STALL_MS, delayMs }
  const mean = providers.length * expectedSuspicions(minutes * MINUTE, 40, network, new SeededRandom(2))
  // what one tracker suspects most of them suspect: they come in groups of as many, so that the variance is so much larger at most
  return mean + 3.09 * Math.sqrt(config.trackers.length * mean)
}

test('nobody flaps: late messages make no live provider suspect, and one in ten lost makes none lost, and none suspect more often than the formula says', async (t) => {
  await using fleet = await started(2)
  const delayMs = [1, 1_500] as const
  const changesIn = async (minutes: number): Promise<string[]> => {
    const changes: string[] = []
    for (let minute = 0; minute < minutes; minute++) {
      const before = fleet.trace.total
      await fleet.clock.runFor(MINUTE)
      changes.push(...fleet.trace.tail(fleet.trace.total - before).filter((line) => line.includes('a provider changed its state')))
    }
    return changes
  }
  fleet.net.faults = { ...fleet.net.faults, delayMs }
  t.deepEqual(await changesIn(15), [])
  fleet.net.faults = { ...fleet.net.faults, dropRate: 0.1 }
  const changes = await changesIn(15)
  t.deepEqual(
    changes.filter((line) => line.includes('"state":"lost"')),
    [],
  )
  const suspicions = changes.filter((line) => line.includes('"state":"suspect"')).length
  const most = suspicionsIn(15, fleet, delayMs)
  t.true(suspicions > 0 && suspicions <= most, `${suspicions} times suspect, ${most.toFixed(0)} at most`)
  t.log(`one message in ten lost: ${suspicions} times suspect in 15 minutes; by the formula ${most.toFixed(0)} at most`)
})

test('the byte cap holds back sets with shards to spare, and none without', async (t) => {
  await using fleet = await started(3, {
    providers: 10,
    domains: 10,
    network: { repair: { rebuildAfterMs: SECOND, bytesPerSecond: 1 } },
  })
  const sets = Array.from({ length: 4 }, () => sealSet(fleet))
  for (const set of sets) await fleet.run(putSet(fleet, set))
  const lose = async (at: number): Promise<void> => {
    const victim = itemAt(fleet.providers, at)
    const { peer } = victim.machine
    fleet.destroy(victim)
    await fleet.tell((tracker) => tracker.declareLost(peer, 'volume destroyed'))
  }
  await lose(0)
  await fleet.clock.runFor(2 * MINUTE)
  // each tracker lets one task pass before it knows what it costs
  t.true(repairedBy(fleet) <= fleet.config.trackers.length, `${repairedBy(fleet)} shards in spite of the cap`)
  for (let at = 1; at <= 3; at++) await lose(at)
  const bare = () => fleet.runningTrackers.reduce((sum, tracker) => sum + (tracker.status().sets.margin['0'] ?? 0), 0)
  await fleet.clock.runFor(MINUTE)
  t.is(bare(), 0)
  t.true(repairedBy(fleet) > 0)
})

test('a repairer that dies is followed by the next; the set is whole, and no shard is made twice', async (t) => {
  await using fleet = await started(4)
  const sets = Array.from({ length: 6 }, () => sealSet(fleet))
  for (const set of sets) await fleet.run(putSet(fleet, set))
  const victim = itemAt(fleet.providers, 0)
  const { peer } = victim.machine
  fleet.destroy(victim)
  await fleet.tell((tracker) => tracker.declareLost(peer, 'volume destroyed'))
  t.true(await fleet.clock.runUntil(() => !isWhole(fleet), 10 * SECOND))
  // in the middle of it: repairs have begun everywhere
  const dying = fleet.trackers.find(({ role }) => (role?.status().sets.degraded ?? 0) > 0)
  if (!dying) throw new Error('no tracker repairs')
  fleet.kill(dying)
  await fleet.clock.runFor(2 * MINUTE)
  t.true(isWhole(fleet))
  await fleet.startTracker(dying)
  await fleet.clock.runFor(5 * MINUTE)
  t.true(isWhole(fleet))
  for (const set of sets) t.deepEqual(new Set(await holdersOf(fleet, set)), new Set([1]))
  t.deepEqual(fleet.defects, [])
})

test('trackers do not undo each other: once a set is whole nothing moves, also when the provider that was lost comes back', async (t) => {
  await using fleet = await started(5, { network: { repair: { rebuildAfterMs: MINUTE, bytesPerSecond: 1e7 } } })
  const sets = Array.from({ length: 4 }, () => sealSet(fleet))
  for (const set of sets) await fleet.run(putSet(fleet, set))
  const victim = itemAt(fleet.providers, 1)
  fleet.kill(victim)
  await fleet.clock.runFor(5 * MINUTE)
  t.true(isWhole(fleet))
  const repaired = repairedBy(fleet)
  await fleet.startProvider(victim)
  await fleet.clock.runFor(MINUTE)
  const places = await Promise.all(sets.map((set) => holdersOf(fleet, set)))
  await fleet.clock.runFor(30 * MINUTE)
  t.is(repairedBy(fleet), repaired)
  t.deepEqual(await Promise.all(sets.map((set) => holdersOf(fleet, set))), places)
  for (const counts of places) t.true(counts.every((count) => count >= 1))
})
