/**
 * Providers that claim space, or shards, that they have not, among real trackers and providers in one process under a seed.
 */
import { AUDIT_PROMISE, detectionProbability, meanDrawIntervalMs } from '@lunarx/core/audit'
import type { ShardKey } from '@lunarx/core/inventory'
import { itemAt } from '@lunarx/core/model'
import test, { type ExecutionContext } from 'ava'
import { namesUnheld, overcommitted, shardName } from '../../../test/fleet/boasters.ts'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { locateSet, putSet, sealSet, type SealedSet } from '../../../test/fleet/sets.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A draw of each provider every 23 s. */
const AUDIT = { lostFraction: 0.01, probability: 0.99, withinMs: 3 * HOUR }
/** Rare heartbeats, so that minutes are cheap. */
const DETECTION = { heartbeatMs: 20_000, suspectMs: 60_000, lostMs: 240_000 }
const NETWORK = {
  audit: AUDIT,
  detection: DETECTION,
  repair: { rebuildAfterMs: MINUTE, bytesPerSecond: 10_000_000 },
}
const INTERVAL_MS = meanDrawIntervalMs({ ...AUDIT_PROMISE, ...AUDIT })
const SHARD_BYTES = 20_000
/** What happens to one in a million honest networks is no chance. */
const ALMOST_SURELY = 1 - 1e-6

const standingOf = (fleet: Fleet, peer: string) =>
  fleet.runningTrackers.map((tracker) => tracker.status().audit?.providers.find((one) => one.peer === peer)?.standing.state)
const written = (fleet: Fleet, verdict: string): number =>
  fleet.trackers.reduce((sum, { powered }) => sum + (powered?.metrics.value('lunarx_audit_settled_total', { verdict }) ?? 0), 0)

/** Time in which draws meet a provider that lacks this share of its leaves, almost surely. */
function limitMs(lacking: number): number {
  let ms = MINUTE
  while (detectionProbability(lacking, ms, INTERVAL_MS) < ALMOST_SURELY) ms += MINUTE
  return ms
}

/** @returns how long it took since then, milliseconds */
async function foundWithin(t: ExecutionContext, fleet: Fleet, sinceMs: number, lacking: number, verdict: string): Promise<number> {
  const limit = limitMs(lacking)
  t.true(await fleet.clock.runUntil(() => written(fleet, verdict) > 0, limit), `not within ${limit / MINUTE} min`)
  return fleet.clock.elapsed() - sinceMs
}

async function isWholeWithout(fleet: Fleet, set: SealedSet, peer: string): Promise<boolean> {
  const { holders } = await fleet.run(locateSet(fleet, set))
  const others = holders.filter(({ provider, state }) => provider.peer !== peer && state === 'alive')
  return new Set(others.map(({ index }) => index)).size === set.shards.length
}

async function isHolder(fleet: Fleet, set: SealedSet, peer: string): Promise<boolean> {
  const { holders } = await fleet.run(locateSet(fleet, set))
  return holders.some(({ provider, state }) => provider.peer === peer && state === 'alive')
}

async function assertWholeWithout(t: ExecutionContext, fleet: Fleet, sets: readonly SealedSet[], peer: string): Promise<void> {
  const waiting = new Set(sets)
  for (let minutes = 0; minutes < 60 && waiting.size > 0; minutes++) {
    for (const set of waiting) if (await isWholeWithout(fleet, set, peer)) waiting.delete(set)
    if (waiting.size > 0) await fleet.clock.runFor(MINUTE)
  }
  t.is(waiting.size, 0, 'all sets are whole without it')
}

async function assertGetsNothing(t: ExecutionContext, fleet: Fleet, peer: string): Promise<void> {
  await fleet.clock.runFor(MINUTE) // until every tracker was told
  for (const state of standingOf(fleet, peer)) t.true(state === 'suspended' || state === 'expelled', `it is ${state}`)
  for (let put = 0; put < 3; put++)
    for (const { machine } of fleet.trackers) {
      const { placed } = await fleet.run(putSet(fleet, sealSet(fleet, { shardBytes: SHARD_BYTES }), machine.address))
      t.false(placed.some(({ provider }) => provider.peer === peer))
    }
}

test('who announces twice the room that it has, takes what comes and drops the rest, is found as soon as the formula says; what it dropped is rebuilt, and it gets nothing more', async (t) => {
  const dropped = new Map<string, number>()
  const room = 6
  await using fleet = await Fleet.start({
    seed: 1,
    providers: 12,
    domains: 6,
    capacityBytes: 2 * room * SHARD_BYTES,
    network: NETWORK,
    disguise: (i, peers, key) =>
      i === 0 ? overcommitted(peers, key, room * SHARD_BYTES, (name) => dropped.set(name, fleet.clock.elapsed())) : peers,
  })
  await fleet.clock.runFor(MINUTE)
  const boaster = itemAt(fleet.providers, 0).machine.peer
  const sets: SealedSet[] = []
  let held = 0
  while (dropped.size < 3) {
    const set = sealSet(fleet, { shardBytes: SHARD_BYTES })
    const { placed } = await fleet.run(putSet(fleet, set))
    if (placed.some(({ provider }) => provider.peer === boaster)) held++
    sets.push(set)
  }
  const lacking = dropped.size / held
  const tookMs = await foundWithin(t, fleet, Math.min(...dropped.values()), lacking, 'disproved')
  t.log(
    `lacks ${dropped.size} of ${held}: found after ${(tookMs / 1_000).toFixed(0)} s, by the formula after ${((Math.LN2 * INTERVAL_MS) / lacking / 1_000).toFixed(0)} s in the median`,
  )
  const affected = sets.filter((set) => set.shards.some((_, index) => dropped.has(shardName({ segment: set.id, index }))))
  t.is(affected.length, dropped.size)
  await assertWholeWithout(t, fleet, affected, boaster)
  await assertGetsNothing(t, fleet, boaster)
  t.deepEqual(fleet.defects, [])
})

test('who lists shards that it was never given is found as soon as the formula says, though the network believed that nothing was missing; they are rebuilt, and it gets nothing more', async (t) => {
  let unheld: ShardKey[] = []
  await using fleet = await Fleet.start({
    seed: 2,
    network: NETWORK,
    disguise: (i, peers) => (i === 0 ? namesUnheld(peers, () => unheld) : peers),
  })
  await fleet.clock.runFor(MINUTE)
  const boaster = itemAt(fleet.providers, 0).machine.peer
  const [sets, held]: [SealedSet[], SealedSet[]] = [[], []]
  const victims = new Map<string, ShardKey[]>()
  const put = async (): Promise<boolean> => {
    const set = sealSet(fleet, { shardBytes: SHARD_BYTES })
    const { placed } = await fleet.run(putSet(fleet, set))
    const isHeld = placed.some(({ provider }) => provider.peer === boaster)
    ;(isHeld ? held : sets).push(set)
    if (!isHeld)
      for (const { provider, index } of placed)
        victims.set(provider.peer, [...(victims.get(provider.peer) ?? []), { segment: set.id, index }])
    return isHeld
  }
  while (sets.length < 3) await put()
  const [victim = '', shards = []] = [...victims].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? []
  unheld = shards
  while (!(await put())); // it has something to report
  const toldMs = fleet.clock.elapsed()
  fleet.destroy(fleet.providerOf(victim))
  await fleet.clock.runFor(DETECTION.heartbeatMs)
  await fleet.tell((tracker) => tracker.declareLost(victim, 'volume destroyed'))
  const lost = sets.filter(({ id }) => shards.some(({ segment }) => segment === id))
  t.is(lost.length, shards.length)
  const believed: boolean[] = []
  for (const set of lost) believed.push(await isHolder(fleet, set, boaster))
  t.true(believed.includes(true), 'its word is taken for a while')
  const tookMs = await foundWithin(t, fleet, toldMs, shards.length / (shards.length + held.length), 'lost')
  t.log(`lists ${shards.length} that it has not, and ${held.length} that it has: found after ${(tookMs / 1_000).toFixed(0)} s`)
  await assertWholeWithout(t, fleet, lost, boaster)
  await assertGetsNothing(t, fleet, boaster)
  t.deepEqual(fleet.defects, [])
})
