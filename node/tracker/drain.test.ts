/**
 * Providers that are drained, with real trackers and providers in one process under a seed.
 */
import { equalBytes, itemAt } from '@lunarx/core/model'
import { hold } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { locateSet, putSet, readShard, reserveSet, sealSet, storeShards, type SealedSet } from '../../test/fleet/sets.ts'
import { Witness } from '../../test/simulation/witness.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

const started = async (options: Partial<Parameters<typeof Fleet.start>[0]> = {}): Promise<Fleet> => {
  const fleet = await Fleet.start({ seed: 3, ...options })
  await fleet.clock.runFor(10 * SECOND)
  return fleet
}

async function putSets(fleet: Fleet, count: number): Promise<SealedSet[]> {
  const sets = Array.from({ length: count }, () => sealSet(fleet))
  for (const set of sets) await fleet.run(putSet(fleet, set))
  await fleet.clock.runFor(10 * SECOND)
  return sets
}

const drainOf = (fleet: Fleet, peer: string) =>
  fleet.runningTrackers.map((tracker) => tracker.status().providers.find((one) => one.peer === peer)?.drain ?? null)
const isDrained = (fleet: Fleet, peer: string): boolean => drainOf(fleet, peer).every((drain) => drain?.isDrained === true)
const shardsLeft = (fleet: Fleet, peer: string): number => drainOf(fleet, peer).reduce((sum, drain) => sum + (drain?.shards ?? 0), 0)
const repaired = (fleet: Fleet): number => fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0)

/** Without this provider every shard is there, bit for bit, and in no domain are more than the rule allows. */
async function assertWholeWithout(t: ExecutionContext, fleet: Fleet, set: SealedSet, peer: string): Promise<void> {
  const { holders } = await fleet.run(locateSet(fleet, set))
  const staying = holders.filter(({ provider }) => provider.peer !== peer)
  const byDomain = Map.groupBy(staying, ({ provider }) => Number(provider.host.split('-')[1]) % 4)
  for (const there of byDomain.values()) t.true(new Set(there.map(({ index }) => index)).size <= 2)
  for (const [index, shard] of set.shards.entries()) {
    const holder = staying.find((one) => one.index === index)
    t.true(holder !== undefined && equalBytes(await fleet.run(readShard(fleet, set, index, holder.provider)), shard), `shard ${index}`)
  }
}

test('a provider is drained: all that only it holds is copied by the rule, then it is drained, and its end costs nothing', async (t) => {
  await using fleet = await started()
  const sets = await putSets(fleet, 8)
  const leaving = itemAt(fleet.providers, 0)
  const { peer } = leaving.machine
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  t.true(await fleet.clock.runUntil(() => shardsLeft(fleet, peer) > 0, 10 * SECOND), 'there is something to move')
  t.false(isDrained(fleet, peer))
  t.true(await fleet.clock.runUntil(() => isDrained(fleet, peer), 2 * MINUTE))
  for (const set of sets) await assertWholeWithout(t, fleet, set, peer)
  t.is(repaired(fleet), 0, 'nothing was lost')

  fleet.destroy(leaving)
  await fleet.tell((tracker) => tracker.retire(peer, 'removed on purpose'))
  await fleet.clock.runFor(2 * MINUTE)
  for (const tracker of fleet.runningTrackers) {
    t.like(
      tracker.status().providers.find((one) => one.peer === peer),
      { retired: true, declaredLost: true, drain: null },
    )
    t.is(tracker.status().sets.degraded, 0)
  }
  t.is(repaired(fleet), 0)
  for (const set of sets) await assertWholeWithout(t, fleet, set, peer)
  t.deepEqual(fleet.defects, [])
})

test('what is drained is read from the provider that leaves, and not made again from what others hold', async (t) => {
  const witness = new Witness()
  await using fleet = await started({ disguise: witness.overhear })
  await putSets(fleet, 4)
  const { peer } = itemAt(fleet.providers, 0).machine
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  t.true(await fleet.clock.runUntil(() => isDrained(fleet, peer), 2 * MINUTE))
  t.deepEqual([...witness.read.keys()], [0])
})

test('the order is durable and reaches every tracker; the newest counts', async (t) => {
  await using fleet = await started()
  const { peer } = itemAt(fleet.providers, 1).machine
  const [first, second] = [itemAt(fleet.trackers, 0), itemAt(fleet.trackers, 1)]
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  const isOrdered = () => drainOf(fleet, peer).every((drain) => drain !== null)
  t.true(await fleet.clock.runUntil(isOrdered, 20 * SECOND))
  for (const tracker of fleet.trackers) fleet.kill(tracker)
  for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
  t.true(isOrdered())
  fleet.destroy(first)
  await fleet.startTracker(first)
  t.true(await fleet.clock.runUntil(isOrdered, 20 * SECOND), 'a tracker that lost its memory learns it')
  for (const { role } of [first, second]) await fleet.run(role?.orderDrain(peer, false) ?? Promise.reject(new Error('no tracker')))
  t.true(await fleet.clock.runUntil(() => drainOf(fleet, peer).every((drain) => drain === null), 20 * SECOND))
  await t.throwsAsync(fleet.run(fleet.anyTracker.orderDrain(fleet.client.peers.self, true)), { code: 'UNKNOWN_PEER' })
})

test('an order that one tracker alone was given moves neither the others nor the provider', async (t) => {
  await using fleet = await started()
  const { peer } = itemAt(fleet.providers, 1).machine
  await fleet.run(fleet.anyTracker.orderDrain(peer, true))
  await fleet.clock.runFor(MINUTE)
  t.is(drainOf(fleet, peer).filter((drain) => drain !== null).length, 1)
  t.is(fleet.anyTracker.status().providers.find((one) => one.peer === peer)?.drain?.isDrained, false)
})

test('a provider that is drained gets nothing new, from no tracker, and one that stays after all does again', async (t) => {
  await using fleet = await started()
  const leaving = itemAt(fleet.providers, 2)
  const { peer } = leaving.machine
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  await fleet.clock.runFor(15 * SECOND)
  for (let i = 0; i < 6; i++) {
    const { placed } = await fleet.run(putSet(fleet, sealSet(fleet)))
    t.false(placed.some(({ provider }) => provider.peer === peer))
  }
  const set = sealSet(fleet)
  const asker = itemAt(fleet.trackers, 0).powered?.peers
  const shard = {
    client: fleet.client.peers.self,
    owner: set.owner.publicKey,
    segment: set.id,
    index: 0,
    address: set.id,
    sizeBytes: 1_000,
    expiresMs: fleet.clock.now() + MINUTE,
  }
  const held = asker && (await fleet.run(asker.ask(leaving.machine.address, hold, { shards: [shard] }))).answer.held
  t.like(held, [{ refusal: { code: 'DRAINING' } }])
  await fleet.tell((tracker) => tracker.orderDrain(peer, false))
  await fleet.clock.runFor(15 * SECOND)
  const chosen: (string | undefined)[] = []
  for (let i = 0; i < 8; i++) chosen.push(...(await fleet.run(putSet(fleet, sealSet(fleet)))).placed.map(({ provider }) => provider.peer))
  t.true(chosen.includes(peer))
})

test('what was reserved before the order is waited for, and counts once it is committed', async (t) => {
  await using fleet = await started()
  const set = sealSet(fleet)
  const { placed } = await fleet.run(reserveSet(fleet, set, itemAt(fleet.config.trackers, 0)))
  const peer = placed[0]?.provider.peer ?? ''
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  await fleet.clock.runFor(MINUTE)
  t.true(drainOf(fleet, peer).every((drain) => drain?.shards === 0 && !drain.isDrained))
  await fleet.run(storeShards(fleet, set, placed))
  t.is((await fleet.run(putSet(fleet, set))).margin, 2)
  t.true(await fleet.clock.runUntil(() => isDrained(fleet, peer), 2 * MINUTE))
  await fleet.clock.runFor(10 * SECOND) // until every tracker has heard what the others took
  await assertWholeWithout(t, fleet, set, peer)
})

test('what was reserved before the order and is not used holds a drain up for two minutes, and is placed elsewhere then', async (t) => {
  await using fleet = await started()
  const set = sealSet(fleet)
  const { placed } = await fleet.run(reserveSet(fleet, set, itemAt(fleet.config.trackers, 0)))
  const peer = placed[0]?.provider.peer ?? ''
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  await fleet.clock.runFor(90 * SECOND)
  t.false(isDrained(fleet, peer))
  t.true(await fleet.clock.runUntil(() => isDrained(fleet, peer), MINUTE))
  const [first] = placed
  await t.throwsAsync(fleet.run(storeShards(fleet, set, first ? [first] : [])), { code: 'RESERVATION_INVALID' })
  t.is((await fleet.run(putSet(fleet, set))).margin, 2)
  await assertWholeWithout(t, fleet, set, peer)
})

test('a provider that is drained and does not give a shard: it is rebuilt from the others', async (t) => {
  await using fleet = await started()
  const sets = await putSets(fleet, 4)
  const leaving = itemAt(fleet.providers, 0)
  const { peer } = leaving.machine
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  await fleet.clock.runFor(SECOND / 2)
  fleet.kill(leaving)
  await fleet.clock.runFor(50 * SECOND)
  t.is(shardsLeft(fleet, peer), 0)
  for (const set of sets) await assertWholeWithout(t, fleet, set, peer)
  t.false(isDrained(fleet, peer), 'it has not said that it takes nothing new')
  await fleet.startProvider(leaving)
  t.true(await fleet.clock.runUntil(() => isDrained(fleet, peer), MINUTE))
})

test('where the rest has no room by the rule, nothing is drained, and nothing is lost', async (t) => {
  await using fleet = await started({ providers: 6, domains: 3 })
  const [set] = await putSets(fleet, 1)
  const { peer } = itemAt(fleet.providers, 0).machine
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  await fleet.clock.runFor(5 * MINUTE)
  t.is(shardsLeft(fleet, peer), 1)
  t.false(isDrained(fleet, peer))
  const { holders } = await fleet.run(locateSet(fleet, set as SealedSet))
  t.deepEqual(
    holders.map(({ index }) => index),
    [0, 1, 2, 3, 4, 5],
  )
})

test('a provider that falls silent while it is drained is not taken for empty', async (t) => {
  await using fleet = await started({ providers: 6, domains: 3 })
  await putSets(fleet, 1)
  const leaving = itemAt(fleet.providers, 0)
  const { peer } = leaving.machine
  await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  await fleet.clock.runFor(30 * SECOND)
  fleet.kill(leaving)
  await fleet.clock.runFor(5 * MINUTE)
  t.is(fleet.anyTracker.status().providers.find((one) => one.peer === peer)?.state, 'lost')
  t.is(shardsLeft(fleet, peer), 1)
  t.false(isDrained(fleet, peer), 'its volume may have the only copy')
})

test('two of one domain are drained side by side, and a loss meanwhile is repaired', async (t) => {
  await using fleet = await started({ providers: 10, domains: 5 })
  const sets = await putSets(fleet, 6)
  const [a, b, gone] = [itemAt(fleet.providers, 0), itemAt(fleet.providers, 5), itemAt(fleet.providers, 1)]
  const peers = [a.machine.peer, b.machine.peer]
  for (const peer of peers) await fleet.tell((tracker) => tracker.orderDrain(peer, true))
  const lost = gone.machine.peer
  fleet.destroy(gone)
  await fleet.tell((tracker) => tracker.declareLost(lost, 'volume destroyed'))
  t.true(await fleet.clock.runUntil(() => peers.every((peer) => isDrained(fleet, peer)), 3 * MINUTE))
  t.true(await fleet.clock.runUntil(() => fleet.runningTrackers.every((tracker) => tracker.status().sets.degraded === 0), MINUTE))
  for (const running of [a, b]) fleet.destroy(running)
  await fleet.clock.runFor(5 * SECOND)
  for (const set of sets) {
    const { holders } = await fleet.run(locateSet(fleet, set))
    const staying = holders.filter(({ provider }) => !peers.includes(provider.peer))
    t.deepEqual([...new Set(staying.map(({ index }) => index))], [0, 1, 2, 3, 4, 5])
  }
})

test('the admin API takes the orders', async (t) => {
  await using fleet = await started()
  const { admin } = fleet.anyTracker
  const { peer } = itemAt(fleet.providers, 0).machine
  t.like(await fleet.run(admin.drain({ peer })), { peer, drain: { isDraining: true } })
  t.like(await fleet.run(admin.undrain({ peer })), { peer, drain: { isDraining: false } })
  t.deepEqual(await fleet.run(admin.retire({ peer, reason: 'test' })), { peer, state: 'lost' })
})
