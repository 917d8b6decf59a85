import { signDocument } from '@lunarx/core/document'
import { EPOCH } from '@lunarx/core/epoch'
import { itemAt } from '@lunarx/core/model'
import test, { type ExecutionContext } from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { locateSet, putSet, sealSet } from '../../../test/fleet/sets.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const SHAPE = { required: 2, parity: 1, survive: 1 }

/** By it providers know who their trackers are: they obey nobody else. */
async function announceEpoch(fleet: Fleet): Promise<void> {
  const members = fleet.providers.map(({ machine: { peer, place, address } }) => ({ peer, name: place.host, domain: place.host, address }))
  const trackerSlots = fleet.trackers.map(({ machine }) => machine.peer)
  const epoch = {
    network: fleet.config.network,
    number: 1,
    survive: 1,
    members,
    trackerSlots,
    createdMs: fleet.clock.now(),
    previous: null,
  }
  await fleet.run(fleet.anyTracker.announceEpoch(signDocument(EPOCH, epoch, fleet.networkKey)))
}

/** A set on three of four providers, one shard of it on two of them, and one on the fourth, which is lost for certain. */
async function crowded(fleet: Fleet, t: ExecutionContext, meanwhile: () => Promise<void>) {
  await fleet.clock.runFor(10_000)
  const set = sealSet(fleet, SHAPE)
  const { placed } = await fleet.run(putSet(fleet, set))
  const holdersOf = async () => (await fleet.run(locateSet(fleet, set))).holders
  const hosts = placed.map(({ provider }) => provider.host)
  const [away, lost] = [itemAt(hosts, 0), itemAt(hosts, 1)]
  fleet.net.cut(away)
  await fleet.clock.runFor(3 * MINUTE)
  fleet.net.mend(away)
  await fleet.clock.runFor(MINUTE)
  t.is((await holdersOf()).length, 4, 'the shard was not rebuilt while its holder was away')
  await meanwhile()
  await announceEpoch(fleet)
  await fleet.clock.runFor(MINUTE)
  const gone = fleet.providers.find(({ machine }) => machine.address.host === lost)
  const peer = (await holdersOf()).find(({ provider }) => provider.host === lost)?.provider.peer
  if (!gone || !peer) throw new Error('nobody to lose')
  fleet.kill(gone)
  for (const { role } of fleet.trackers) await fleet.run(Promise.resolve(role?.declareLost(peer, 'its volume is gone')))
  await fleet.clock.runFor(2 * MINUTE)
  return async () => new Set((await holdersOf()).map(({ index }) => index)).size
}

const start = (seed: number): Promise<Fleet> =>
  Fleet.start({
    seed,
    providers: 4,
    domains: 4,
    network: {
      classes: [{ name: 'standard', ...SHAPE, inlineBytes: 0, versions: 1 }],
      repair: { rebuildAfterMs: 10_000, bytesPerSecond: 10_000_000 },
    },
  })

test('of a shard that two hold one gives way for another, also when a tracker has started again', async (t) => {
  await using fleet = await start(1)
  const shards = await crowded(fleet, t, async () => {
    for (const tracker of fleet.trackers) fleet.kill(tracker)
    for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
    await fleet.clock.runFor(MINUTE)
  })
  t.is(await shards(), 3)
  t.deepEqual(fleet.defects, [])
})

test('in the day after trackers lost their memory nobody gives way; then one does', async (t) => {
  await using fleet = await start(2)
  const shards = await crowded(fleet, t, async () => {
    for (const tracker of fleet.trackers) fleet.destroy(tracker)
    for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
    await fleet.clock.runFor(MINUTE)
  })
  t.is(await shards(), 2)
  for (let hours = 0; hours < 23; hours++) {
    fleet.clock.skip(HOUR)
    await fleet.clock.runFor(20_000)
  }
  t.is(await shards(), 2)
  fleet.clock.skip(HOUR)
  await fleet.clock.runFor(3 * MINUTE)
  t.is(await shards(), 3)
  t.deepEqual(fleet.defects, [])
})
