/**
 * Evening out comes after everything else. That it ends even, and safely on the way: test/simulation/evenness.test.ts.
 */
import { itemAt } from '@lunarx/core/model'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import test from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { putSet, sealSet } from '../../test/fleet/sets.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const SETS = 16
const SHARD_BYTES = 20_000

/** Of the eight that are filled and the two that come later. */
async function started(): Promise<{ readonly fleet: Fleet; readonly late: Fleet['providers'] }> {
  const fleet = await Fleet.start({
    seed: 3,
    trackers: 1,
    providers: 10,
    domains: 5,
    capacityBytes: 1_000_000,
    network: { repair: { rebuildAfterMs: 60 * MINUTE, bytesPerSecond: 400_000 } },
  })
  const late = fleet.providers.filter((_, i) => i % 5 === 4)
  for (const provider of late) fleet.kill(provider)
  await fleet.clock.runFor(20 * SECOND)
  for (let n = 0; n < SETS; n++) await fleet.run(putSet(fleet, sealSet(fleet, { shardBytes: SHARD_BYTES })))
  await fleet.clock.runFor(MINUTE)
  return { fleet, late }
}

function evened(fleet: Fleet): number {
  const metrics = fleet.trackers[0]?.powered?.platform.metrics
  return metrics instanceof RecordedMetrics ? metrics.value('lunarx_tracker_evened_shards_total') : Number.NaN
}

/** @returns steps taken meanwhile */
async function during(fleet: Fleet, ms: number): Promise<number> {
  const before = evened(fleet)
  await fleet.clock.runFor(ms)
  return evened(fleet) - before
}

test('nothing is evened out while a provider is drained, or a set is degraded, nor to one in maintenance; then it is', async (t) => {
  const { fleet, late } = await started()
  await using _ = fleet
  await during(fleet, 10 * MINUTE) // what was uneven before
  for (const provider of late) await fleet.startProvider(provider)
  await fleet.clock.runFor(10 * SECOND)
  const declare = async (forMs: number): Promise<void> => {
    const peers = late.map(({ machine }) => machine.peer)
    for (const peer of peers) await fleet.tell(({ admin }) => admin.maintenance({ peer, forMs }))
  }
  await declare(60 * MINUTE)
  t.is(await during(fleet, 12 * MINUTE), 0, 'they are in maintenance')

  const [first, second] = [itemAt(fleet.providers, 0), itemAt(fleet.providers, 1)]
  await fleet.tell((tracker) => tracker.orderDrain(first.machine.peer, true))
  await declare(0)
  t.is(await during(fleet, 12 * MINUTE), 0, 'one is drained')

  fleet.kill(second)
  await fleet.clock.runFor(20 * SECOND)
  await fleet.tell((tracker) => tracker.orderDrain(first.machine.peer, false))
  t.is(await during(fleet, 12 * MINUTE), 0, 'sets lack shards')
  t.true(fleet.anyTracker.status().sets.degraded > 0)

  await fleet.startProvider(second)
  t.true((await during(fleet, 12 * MINUTE)) > 0)
  const { margin, degraded } = fleet.anyTracker.status().sets
  t.deepEqual([margin, degraded], [{ 2: SETS }, 0])
  t.deepEqual(fleet.defects, [])
})

test('of two holders of a shard one gives way when it is back for an hour after its shards were made again', async (t) => {
  const fleet = await Fleet.start({
    seed: 4,
    trackers: 1,
    providers: 10,
    domains: 10,
    network: { repair: { rebuildAfterMs: 30 * SECOND, bytesPerSecond: 1e7 } },
  })
  await using _ = fleet
  await fleet.clock.runFor(10 * SECOND)
  for (let n = 0; n < SETS; n++) await fleet.run(putSet(fleet, sealSet(fleet, { shardBytes: SHARD_BYTES })))
  const stored = (): number => fleet.anyTracker.status().providers.reduce((sum, { shards }) => sum + shards, 0)
  const away = itemAt(fleet.providers, 0)
  fleet.kill(away)
  await fleet.clock.runFor(5 * MINUTE)
  t.is(fleet.anyTracker.status().sets.degraded, 0, 'made again')
  await fleet.startProvider(away)
  await fleet.clock.runFor(MINUTE)
  t.true(stored() > 6 * SETS)
  const twice = stored()
  await fleet.clock.runFor(40 * MINUTE)
  t.is(stored(), twice, 'it may go again')
  t.true(await fleet.clock.runUntil(() => stored() === 6 * SETS, 40 * MINUTE), `${stored()} shards`)
  const { margin, degraded } = fleet.anyTracker.status().sets
  t.deepEqual([margin, degraded], [{ 2: SETS }, 0])
  t.deepEqual(fleet.defects, [])
})
