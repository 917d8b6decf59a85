/**
 * Providers on one backing store are one failure domain, whatever nodes they run on.
 */
import { itemAt } from '@lunarx/core/model'
import test, { type ExecutionContext } from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { locateSet, putSet, readShard, sealSet, type SealedSet } from '../../test/fleet/sets.ts'

const SECOND = 1_000
const BUCKETED = 4

/** Eight providers on four nodes, two each, of which one keeps its shards on a server that all four share: room for 2 of 6 there. */
async function mixed(): Promise<Fleet> {
  const fleet = await Fleet.start({ seed: 3, bucketed: BUCKETED })
  await fleet.clock.runFor(10 * SECOND)
  return fleet
}

const onServer = (fleet: Fleet): ReadonlySet<string> => new Set(fleet.providers.slice(0, BUCKETED).map(({ machine }) => machine.peer))

async function holdersOf(t: ExecutionContext, fleet: Fleet, set: SealedSet) {
  const { holders } = await fleet.run(locateSet(fleet, set, itemAt(fleet.config.trackers, 0)))
  t.is(new Set(holders.map(({ index }) => index)).size, 6)
  return holders
}

test('no set has more shards on a shared server than may vanish at once, and all are read while it is away', async (t) => {
  await using fleet = await mixed()
  const server = onServer(fleet)
  const sets = Array.from({ length: 10 }, () => sealSet(fleet))
  for (const set of sets) t.is((await fleet.run(putSet(fleet, set))).margin, 2)
  for (const folder of fleet.folders) folder.faults = { ...folder.faults, isAway: true }
  for (const set of sets) {
    const holders = await holdersOf(t, fleet, set)
    const elsewhere = holders.filter(({ provider }) => !server.has(provider.peer ?? ''))
    t.true(holders.length - elsewhere.length <= 2)
    t.true(elsewhere.length >= 4)
    for (const { index, provider } of elsewhere) t.deepEqual(await fleet.run(readShard(fleet, set, index, provider)), set.shards[index])
  }
  const stores = fleet.anyTracker.status().providers.map(({ store }) => store)
  t.deepEqual([new Set(stores).size, stores.filter((store) => store === null).length], [2, 4])
  t.deepEqual(fleet.defects, [])
})

test('a provider that lost its volume finds its shards in the store again', async (t) => {
  await using fleet = await mixed()
  const set = sealSet(fleet)
  await fleet.run(putSet(fleet, set))
  const server = onServer(fleet)
  const holder = (await holdersOf(t, fleet, set)).find(({ provider }) => server.has(provider.peer ?? ''))
  const victim = fleet.providerOf(holder?.provider.peer)
  fleet.destroy(victim)
  await fleet.startProvider(victim)
  t.not(victim.machine.peer, holder?.provider.peer)
  await fleet.clock.runFor(20 * SECOND)
  const again = (await holdersOf(t, fleet, set)).find(({ provider }) => provider.peer === victim.machine.peer)
  t.is(again?.index, holder?.index)
  t.deepEqual(await fleet.run(readShard(fleet, set, holder?.index ?? -1, victim.machine.address)), set.shards[holder?.index ?? -1])
})

test('a tracker without memory counts the server as one all the same', async (t) => {
  await using fleet = await mixed()
  for (const tracker of fleet.trackers) fleet.destroy(tracker)
  for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
  await fleet.clock.runFor(10 * SECOND)
  const server = onServer(fleet)
  for (let i = 0; i < 5; i++) {
    const set = sealSet(fleet)
    const { placed } = await fleet.run(putSet(fleet, set))
    t.true(placed.filter(({ provider }) => server.has(provider.peer ?? '')).length <= 2)
  }
})
