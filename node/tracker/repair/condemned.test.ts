/**
 * Shards that seem wrong: read again before they are condemned, and before a set is given up. Real trackers and providers under a seed.
 */
import { equalBytes, itemAt } from '@lunarx/core/model'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { reportDamage } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { locateSet, putSet, readShard, sealSet, type SealedSet } from '../../../test/fleet/sets.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

type Disk = Fleet['client']['platform']['disk']

/** Flips a bit of the shard's file; a second time it is as it was. */
async function flip(disk: Disk, { id }: SealedSet, index: number): Promise<void> {
  const name = Buffer.from(id).toString('hex')
  await using file = await disk.open(`shards/${name.slice(0, 2)}/${name}.${index}`, 'create')
  const byte = new Uint8Array(1)
  if ((await file.read(byte, 1_000)) !== 1) throw new Error('no such shard')
  await file.write(Uint8Array.of((byte[0] ?? 0) ^ 1), 1_000)
  await file.sync()
}

/** One set on six providers of three domains: no room for another copy of anything. */
async function startFull(): Promise<{ fleet: Fleet; set: SealedSet; at: (index: number) => Fleet['providers'][number] }> {
  const fleet = await Fleet.start({ seed: 5, providers: 6, domains: 3 })
  await fleet.clock.runFor(10 * SECOND)
  const set = sealSet(fleet)
  const { placed } = await fleet.run(putSet(fleet, set))
  await fleet.clock.runFor(10 * SECOND)
  return { fleet, set, at: (index) => fleet.providerOf(placed[index]?.provider.peer) }
}

const report = (fleet: Fleet, set: SealedSet, holder: string) =>
  fleet.client.peers.ask(itemAt(fleet.config.trackers, 0), reportDamage, { segment: set.id, index: 0, holder })

async function destroy(fleet: Fleet, machines: readonly Fleet['providers'][number][]): Promise<void> {
  const peers = machines.map(({ machine }) => machine.peer)
  for (const machine of machines) fleet.destroy(machine)
  await fleet.tell(async (tracker) => {
    for (const peer of peers) await tracker.declareLost(peer, 'volume destroyed')
  })
}

const lostSets = (fleet: Fleet): number =>
  fleet.runningTrackers.reduce((sum, tracker) => sum + (tracker.status().sets.margin['lost'] ?? 0), 0)

test('wrong bytes that are right when they are read again condemn nothing', async (t) => {
  const { fleet, set, at } = await startFull()
  await using _ = fleet
  const { machine, powered } = at(0)
  const metrics = powered?.platform.metrics
  if (!(metrics instanceof RecordedMetrics)) throw new Error('no metrics')
  await flip(machine.disk, set, 0)
  const asked = report(fleet, set, machine.peer)
  const hasSent = () => metrics.value('lunarx_provider_retrieved_bytes_total') > 0
  t.true(await fleet.clock.runUntil(hasSent, MINUTE))
  await flip(machine.disk, set, 0)
  t.is((await fleet.run(asked)).answer.verdict, 'right')
  const { holders } = await fleet.run(locateSet(fleet, set))
  t.is(holders.length, 6)
})

test('a condemned shard is read again before its set is given up, and the set comes back', async (t) => {
  const { fleet, set, at } = await startFull()
  await using _ = fleet
  const doubtful = at(0).machine
  await flip(doubtful.disk, set, 0)
  t.is((await fleet.run(report(fleet, set, doubtful.peer))).answer.verdict, 'wrong')
  await flip(doubtful.disk, set, 0)
  await destroy(fleet, [at(1), at(2)])
  await fleet.clock.runFor(MINUTE)
  t.is(lostSets(fleet), 0, 'three sound ones and the one that seemed wrong are enough')
  for (const running of fleet.providers) if (!running.role) await fleet.startProvider(running)
  t.true(await fleet.clock.runUntil(() => fleet.runningTrackers.every((tracker) => tracker.status().sets.degraded === 0), 10 * MINUTE))
  const { holders } = await fleet.run(locateSet(fleet, set))
  for (const { index, provider } of holders)
    t.true(equalBytes(await fleet.run(readShard(fleet, set, index, provider)), itemAt(set.shards, index)))
})

test('a shard that stays wrong stays condemned, however few are left', async (t) => {
  const { fleet, set, at } = await startFull()
  await using _ = fleet
  await flip(at(0).machine.disk, set, 0)
  t.is((await fleet.run(report(fleet, set, at(0).machine.peer))).answer.verdict, 'wrong')
  await destroy(fleet, [at(1), at(2)])
  await fleet.clock.runFor(5 * MINUTE)
  t.is(lostSets(fleet), 1)
})
