/**
 * Classes that become stricter while sets of them exist: the sets are moved within the byte cap, lose nothing on the way, and come to rest.
 */
import { ZONE_KEY } from '@lunarx/core/membership'
import type { ErasureClass } from '@lunarx/core/model'
import { countByRule, type PlacementRule } from '@lunarx/core/placement'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import test, { type ExecutionContext } from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { locateSet, putSet, readShard, sealSet, type SealedSet } from '../../test/fleet/sets.ts'

const SECOND = 1_000
const SETS = 6
const SHARD_BYTES = 20_000
/** Two seconds for a set of which two shards move: each is read and written. */
const BYTES_PER_SECOND = 40_000
const MOST_AT_ONCE = 6 * 2 * SHARD_BYTES
const CLASS: ErasureClass = { name: 'standard', required: 4, parity: 2, survive: 1, inlineBytes: 0, versions: 1 }

async function started(options: Omit<Parameters<typeof Fleet.start>[0], 'seed'>): Promise<Fleet> {
  const repair = { rebuildAfterMs: 3_600_000, bytesPerSecond: BYTES_PER_SECOND }
  const fleet = await Fleet.start({ seed: 4, trackers: 1, ...options, network: { repair } })
  await fleet.clock.runFor(10 * SECOND)
  return fleet
}

async function putSets(t: ExecutionContext, fleet: Fleet): Promise<SealedSet[]> {
  const sets = Array.from({ length: SETS }, () => sealSet(fleet, { shardBytes: SHARD_BYTES }))
  for (const set of sets) t.is((await fleet.run(putSet(fleet, set))).margin, 2)
  return sets
}

function movedShards(fleet: Fleet): number {
  const metrics = fleet.trackers[0]?.powered?.platform.metrics
  return metrics instanceof RecordedMetrics ? metrics.value('lunarx_tracker_moved_shards_total') : Number.NaN
}

/** Shards of each set that count by the rule. */
async function counted(fleet: Fleet, sets: readonly SealedSet[], rule: PlacementRule): Promise<number[]> {
  const counts: number[] = []
  for (const set of sets) {
    const { holders } = await fleet.run(locateSet(fleet, set))
    const claims = holders.map(({ index, provider: { peer } }) => {
      const { host, domains } = fleet.providerOf(peer).machine.place
      return { index, peer: peer ?? host, domain: domains['kubernetes.io/hostname'] ?? '', zone: domains[ZONE_KEY] }
    })
    counts.push(countByRule(claims, rule).length)
  }
  return counts
}

/** Second by second: no set has less to spare than before, and no more bytes move than the cap lets pass. @returns shards moved */
async function watch(t: ExecutionContext, fleet: Fleet, seconds: number): Promise<number> {
  const before = movedShards(fleet)
  t.true(before >= 0)
  for (let second = 1; second <= seconds; second++) {
    await fleet.clock.runFor(SECOND)
    const { margin, degraded } = fleet.anyTracker.status().sets
    t.true(Object.keys(margin).every((key) => key === '2') && degraded === 0, `${JSON.stringify(margin)} after ${second} s`)
    t.true((movedShards(fleet) - before) * 2 * SHARD_BYTES <= MOST_AT_ONCE + second * BYTES_PER_SECOND, `after ${second} s`)
  }
  return movedShards(fleet) - before
}

test('a class that survives more than before has its sets moved apart', async (t) => {
  await using fleet = await started({ providers: 12, domains: 6 })
  const sets = await putSets(t, fleet)
  const rule = { parity: 2, survive: 2 }
  const before = await counted(fleet, sets, rule)
  const missing = before.reduce((sum, count) => sum + 6 - count, 0)
  t.true(missing >= SETS, 'most sets have two shards in one domain')
  await fleet.reconfigure({ classes: [{ ...CLASS, survive: 2 }] })
  t.is(await watch(t, fleet, 70), missing)
  t.deepEqual(
    await counted(fleet, sets, rule),
    sets.map(() => 6),
  )
  t.is(await watch(t, fleet, 120), 0, 'it comes to rest')
  for (const set of sets)
    for (const { index, provider } of (await fleet.run(locateSet(fleet, set))).holders)
      t.deepEqual(await fleet.run(readShard(fleet, set, index, provider)), set.shards[index])
  t.deepEqual(fleet.defects, [])
})

test('a class whose zones come to bind waits for enough of them, and moves its sets when one is added', async (t) => {
  await using fleet = await started({ providers: 9, domains: 9, zones: 3 })
  const added = fleet.providers.filter(({ machine }) => machine.place.domains[ZONE_KEY] === 'z2')
  for (const provider of added) fleet.kill(provider)
  await fleet.clock.runFor(20 * SECOND)
  const sets = await putSets(t, fleet)
  const rule = { parity: 2, survive: 1, bindsZones: true }
  await fleet.reconfigure({ classes: [{ ...CLASS, zones: 'Bind' }] })
  t.is(await watch(t, fleet, 40), 0, 'two zones have no better place')
  t.deepEqual(
    await counted(fleet, sets, rule),
    sets.map(() => 4),
  )
  for (const provider of added) await fleet.startProvider(provider)
  // what found no place is tried again after a pause
  t.is(await watch(t, fleet, 180), 2 * SETS)
  t.deepEqual(
    await counted(fleet, sets, rule),
    sets.map(() => 6),
  )
  t.is(await watch(t, fleet, 120), 0, 'it comes to rest')
  t.deepEqual(fleet.defects, [])
})
