/**
 * Trackers that come and go: no record is lost, and none that was deleted comes back.
 */
import { itemAt } from '@lunarx/core/model'
import { makeRing, ringName } from '@lunarx/core/placement'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { burySet, locateSet, putSet, readShard, sealSet, type SealedSet } from '../../test/fleet/sets.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** 2d + 1. */
const COPIES = 3
const [FEW, MANY] = [3, 8]

/** Every tracker says this of the sets. */
async function said(fleet: Fleet, sets: readonly SealedSet[]): Promise<string[]> {
  const words: string[] = []
  for (const tracker of fleet.config.trackers)
    for (const set of sets) {
      const { record, buried, holders } = await fleet.run(locateSet(fleet, set, tracker))
      words.push(buried ? 'deleted' : record === null ? 'unknown' : `${new Set(holders.map(({ index }) => index)).size} shards`)
    }
  return [...new Set(words)]
}

/** Sets all of whose owners are other trackers once there are {@link MANY}. */
function movingSets(fleet: Fleet): () => SealedSet {
  const port = itemAt(fleet.config.trackers, 0).controlPort
  const names = Array.from({ length: MANY }, (_, i) => ringName({ host: `tracker-${i}`, controlPort: port }))
  const ring = makeRing(names, crypto)
  const isMoving = ({ id }: SealedSet): boolean => ring.owners(id, COPIES).every((name) => names.indexOf(name) >= FEW)
  return () => {
    for (;;) {
      const set = sealSet(fleet)
      if (isMoving(set)) return set
    }
  }
}

test('what trackers know that own it no more comes to the new owners from them, while no provider is there to tell it', async (t) => {
  await using fleet = await Fleet.start({ seed: 4, trackers: FEW })
  await fleet.clock.runFor(10 * SECOND)
  const moving = movingSets(fleet)
  const [kept, deleted] = [moving(), moving()]
  await fleet.run(putSet(fleet, kept))
  const { placed } = await fleet.run(putSet(fleet, deleted))
  const { index, provider } = itemAt(placed, 0)
  const away = fleet.providerOf(provider.peer)
  fleet.kill(away) // with its shard of the set that is deleted now
  await fleet.run(burySet(fleet, deleted))
  await fleet.clock.runFor(MINUTE)
  for (const one of fleet.providers) if (one.role) fleet.kill(one)

  await fleet.scaleTrackersAtOnce(MANY)
  await fleet.clock.runFor(3 * MINUTE)
  t.false((await said(fleet, [kept])).includes('unknown'))
  t.deepEqual(await said(fleet, [deleted]), ['deleted'])
  await fleet.startProvider(away)
  await fleet.clock.runFor(2 * MINUTE)
  t.deepEqual(await said(fleet, [deleted]), ['deleted'])
  await t.throwsAsync(fleet.run(readShard(fleet, deleted, index, provider)), { code: 'SHARD_NOT_FOUND' })
  t.deepEqual(fleet.defects, [])
})

test('3 → 8 → 3 trackers: sets all of whose owners change, a delete amid it, and a provider that missed it', async (t) => {
  await using fleet = await Fleet.start({ seed: 3, trackers: FEW })
  await fleet.clock.runFor(10 * SECOND)
  const moving = movingSets(fleet)
  const [before, amid, deleted] = [moving(), moving(), moving()]
  t.is((await fleet.run(putSet(fleet, before))).margin, 2)
  const { placed } = await fleet.run(putSet(fleet, deleted))
  const away = fleet.providerOf(placed[0]?.provider.peer)

  await fleet.scaleTrackers(MANY, async () => {
    await fleet.clock.runFor(2 * MINUTE)
    t.is((await fleet.run(putSet(fleet, amid))).margin, 2)
    fleet.kill(away)
    await fleet.run(burySet(fleet, deleted))
    await fleet.clock.runFor(5 * SECOND)
  })
  await fleet.clock.runFor(3 * MINUTE)
  t.deepEqual(await said(fleet, [deleted]), ['deleted'])
  await fleet.startProvider(away)
  await fleet.clock.runFor(2 * MINUTE)
  t.deepEqual(await said(fleet, [before, amid]), ['6 shards'])
  t.deepEqual(await said(fleet, [deleted]), ['deleted'])
  const { index, provider } = itemAt(placed, 0)
  await t.throwsAsync(fleet.run(readShard(fleet, deleted, index, provider)), { code: 'SHARD_NOT_FOUND' })

  const [late, buriedLate] = [moving(), moving()]
  for (const set of [late, buriedLate]) t.is((await fleet.run(putSet(fleet, set))).margin, 2)
  await fleet.run(burySet(fleet, buriedLate))
  await fleet.scaleTrackers(FEW)
  await fleet.clock.runFor(2 * MINUTE)
  t.deepEqual(await said(fleet, [before, amid, late]), ['6 shards'])
  t.deepEqual(await said(fleet, [deleted, buriedLate]), ['deleted'])
  t.deepEqual(fleet.defects, [])
})

test('a tracker that providers do not know of yet says of no set that it lacks shards, copies none and refuses none', async (t) => {
  await using fleet = await Fleet.start({ seed: 5, trackers: FEW })
  await fleet.clock.runFor(10 * SECOND)
  const sets = Array.from({ length: 12 }, () => sealSet(fleet))
  for (const set of sets) await fleet.run(putSet(fleet, set))
  const counted = (): Record<string, number> => {
    const sum: Record<string, number> = {}
    for (const tracker of fleet.runningTrackers)
      for (const [margin, count] of Object.entries(tracker.status().sets.margin)) sum[margin] = (sum[margin] ?? 0) + count
    return sum
  }
  const sumOf = (what: 'degraded' | 'repairedShards'): number =>
    fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets[what], 0)

  await fleet.scaleTrackersAtOnce(FEW + 1)
  await fleet.clock.runFor(3 * MINUTE)
  t.deepEqual(Object.keys(counted()), ['2'])
  t.true((counted()['2'] ?? 0) < sets.length, 'the new tracker is the first owner of some')
  for (let i = 0; i < 8; i++) {
    const set = sealSet(fleet)
    t.is((await fleet.run(putSet(fleet, set))).margin, 2, 'it leaves placing to others')
    sets.push(set)
  }
  for (const provider of fleet.providers) {
    fleet.kill(provider)
    await fleet.startProvider(provider)
    await fleet.clock.runFor(10 * SECOND)
    t.is(sumOf('degraded'), 0)
  }
  await fleet.clock.runFor(MINUTE)
  t.deepEqual(counted(), { 2: sets.length })
  t.is(sumOf('repairedShards'), 0)
})
