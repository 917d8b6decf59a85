/**
 * Trackers with real providers in one process under a seed.
 */
import { signDocument } from '@lunarx/core/document'
import { EPOCH } from '@lunarx/core/epoch'
import { equalBytes, hexOf, itemAt, type PeerAddress } from '@lunarx/core/model'
import { ADMIN, type Placed } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { Fleet } from '../../test/fleet/fleet.ts'
import { burySet, locateSet, putSet, readShard, reserveSet, sealSet, storeShards, type SealedSet } from '../../test/fleet/sets.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

const started = async (options: Partial<Parameters<typeof Fleet.start>[0]> = {}): Promise<Fleet> => {
  const fleet = await Fleet.start({ seed: 1, ...options })
  await fleet.clock.runFor(10 * SECOND)
  return fleet
}
const trackerAt = (fleet: Fleet, i: number): PeerAddress => itemAt(fleet.config.trackers, i)

/** Every index is with a holder that gives its bytes as they were stored. */
async function assertWhole(t: ExecutionContext, fleet: Fleet, set: SealedSet, tracker = trackerAt(fleet, 0), without = ''): Promise<void> {
  const { holders } = await fleet.run(locateSet(fleet, set, tracker))
  for (const [index, shard] of set.shards.entries()) {
    const holder = holders.find((one) => one.index === index && one.state === 'alive' && one.provider.peer !== without)
    if (!holder) {
      t.fail(`nobody holds shard ${index}`)
      continue
    }
    t.true(equalBytes(await fleet.run(readShard(fleet, set, index, holder.provider)), shard), `shard ${index} differs`)
  }
}

test('a set is reserved, stored, committed and located, by the rule of its class', async (t) => {
  await using fleet = await started()
  const set = sealSet(fleet)
  const { placed, held, margin } = await fleet.run(putSet(fleet, set))
  t.deepEqual(held, [0, 1, 2, 3, 4, 5])
  t.is(margin, 2)
  t.is(new Set(placed.map(({ provider }) => provider.peer)).size, 6)
  const domains = placed.map(({ provider }) => Number(provider.host.split('-')[1]) % 4)
  for (let domain = 0; domain < 4; domain++) t.true(domains.filter((one) => one === domain).length <= 2)
  for (const tracker of fleet.config.trackers) await assertWhole(t, fleet, set, tracker)
  t.deepEqual(fleet.defects, [])
})

test('a destroyed provider is rebuilt bit for bit on others as soon as it is declared lost', async (t) => {
  await using fleet = await started()
  const sets = Array.from({ length: 5 }, () => sealSet(fleet))
  const placed: Placed[] = []
  for (const set of sets) placed.push(...(await fleet.run(putSet(fleet, set))).placed)
  const victim = fleet.providerOf(placed[0]?.provider.peer)
  const { peer } = victim.machine
  fleet.destroy(victim)
  await fleet.tell((tracker) => tracker.declareLost(peer, 'volume destroyed'))
  const isWhole = () => fleet.runningTrackers.every((tracker) => tracker.status().sets.degraded === 0)
  const wasDegraded = await fleet.clock.runUntil(() => !isWhole(), 10 * SECOND)
  t.true(wasDegraded)
  t.true(await fleet.clock.runUntil(isWhole, MINUTE))
  await fleet.clock.runFor(10 * SECOND)
  for (const set of sets) await assertWhole(t, fleet, set)
  const { providers } = fleet.anyTracker.status()
  t.like(
    providers.find((one) => one.peer === peer),
    { state: 'lost', declaredLost: true },
  )
  t.true(fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0) > 0)
  for (const { sets: seen } of fleet.runningTrackers.map((tracker) => tracker.status()))
    t.is((seen.rebuiltBytesPerSecond ?? 0) > 0, seen.repairedShards > 0, 'who has rebuilt says how fast')
  t.deepEqual(fleet.defects, [])
})

test('every tracker volume lost: the map comes back from what providers hold, and sets are still healed', async (t) => {
  await using fleet = await started()
  const sets = Array.from({ length: 4 }, () => sealSet(fleet))
  for (const set of sets) await fleet.run(putSet(fleet, set))
  for (const tracker of fleet.trackers) fleet.destroy(tracker)
  for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
  await fleet.clock.runFor(20 * SECOND)
  for (const tracker of fleet.config.trackers) for (const set of sets) await assertWhole(t, fleet, set, tracker)
  const victim = itemAt(fleet.providers, 0)
  const { peer } = victim.machine
  fleet.destroy(victim)
  await fleet.tell((tracker) => tracker.declareLost(peer, 'volume destroyed'))
  await fleet.clock.runFor(2 * MINUTE)
  for (const set of sets) await assertWhole(t, fleet, set)
  t.deepEqual(fleet.defects, [])
})

test('a silent provider is suspect, then lost; its shards are copied only when it stays away', async (t) => {
  await using fleet = await started({ network: { repair: { rebuildAfterMs: 5 * MINUTE, bytesPerSecond: 1e7 } } })
  const set = sealSet(fleet)
  const { placed } = await fleet.run(putSet(fleet, set))
  const victim = fleet.providerOf(placed[0]?.provider.peer)
  const { peer } = victim.machine
  fleet.kill(victim)
  const state = () => fleet.anyTracker.status().providers.find((one) => one.peer === peer)?.state
  t.true(await fleet.clock.runUntil(() => state() === 'suspect', 25 * SECOND))
  t.true(await fleet.clock.runUntil(() => state() === 'lost', 70 * SECOND))
  await fleet.clock.runFor(2 * MINUTE)
  const repaired = () => fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0)
  t.is(repaired(), 0)
  await fleet.clock.runFor(3 * MINUTE)
  t.is(repaired(), 1)
  await assertWhole(t, fleet, set)
})

test('a provider that comes back in time is not replaced', async (t) => {
  await using fleet = await started()
  const set = sealSet(fleet)
  const { placed } = await fleet.run(putSet(fleet, set))
  const victim = fleet.providerOf(placed[0]?.provider.peer)
  fleet.kill(victim)
  await fleet.clock.runFor(3 * MINUTE)
  await fleet.startProvider(victim)
  await fleet.clock.runFor(10 * MINUTE)
  t.is(
    fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0),
    0,
  )
  await assertWhole(t, fleet, set)
})

test('at margin 0 a silent provider is not waited for', async (t) => {
  await using fleet = await started({ providers: 10, domains: 5 })
  const set = sealSet(fleet)
  const { placed } = await fleet.run(putSet(fleet, set))
  for (const { provider } of placed.slice(0, 2)) {
    const victim = fleet.providerOf(provider.peer)
    fleet.kill(victim)
  }
  await fleet.clock.runFor(2 * MINUTE)
  t.is(
    fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0),
    2,
  )
  await assertWhole(t, fleet, set)
})

test('a new volume under the same name means that the old one is gone, without anybody saying so', async (t) => {
  await using fleet = await started()
  const set = sealSet(fleet)
  const { placed } = await fleet.run(putSet(fleet, set))
  const victim = fleet.providerOf(placed[0]?.provider.peer)
  const { peer } = victim.machine
  fleet.destroy(victim)
  await fleet.startProvider(victim)
  await fleet.clock.runFor(MINUTE)
  t.like(
    fleet.anyTracker.status().providers.find((one) => one.peer === peer),
    { declaredLost: true },
  )
  await assertWhole(t, fleet, set)
})

test('a buried set is gone from all holders, also from one that was away', async (t) => {
  await using fleet = await started()
  const set = sealSet(fleet)
  const { placed } = await fleet.run(putSet(fleet, set))
  await fleet.clock.runFor(10 * SECOND)
  const away = fleet.providerOf(placed[0]?.provider.peer)
  fleet.kill(away)
  await fleet.run(burySet(fleet, set))
  await fleet.clock.runFor(MINUTE)
  await fleet.startProvider(away)
  await fleet.clock.runFor(MINUTE)
  for (const tracker of fleet.config.trackers) {
    const located = await fleet.run(locateSet(fleet, set, tracker))
    t.like(located, { buried: true, record: null, holders: [] })
  }
  for (const { index, provider } of placed)
    await t.throwsAsync(fleet.run(readShard(fleet, set, index, provider)), { code: 'SHARD_NOT_FOUND' })
  await t.throwsAsync(fleet.run(reserveSet(fleet, set, trackerAt(fleet, 1))), { code: 'TOMBSTONED' })
})

test('nobody but the owner can bury a set', async (t) => {
  await using fleet = await started()
  const set = sealSet(fleet)
  await fleet.run(putSet(fleet, set))
  const stranger = sealSet(fleet)
  await t.throwsAsync(fleet.run(burySet(fleet, set, trackerAt(fleet, 0), stranger.owner)), { code: 'UNAUTHORIZED' })
  await assertWhole(t, fleet, set)
})

test('a tombstone of a stranger does not hide a set from trackers that lost their memory', async (t) => {
  await using fleet = await started()
  const set = sealSet(fleet)
  await fleet.run(putSet(fleet, set))
  for (const tracker of fleet.trackers) fleet.destroy(tracker)
  for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
  const stranger = sealSet(fleet)
  await fleet.run(burySet(fleet, set, trackerAt(fleet, 0), stranger.owner)).catch(() => undefined)
  await fleet.clock.runFor(MINUTE)
  await assertWhole(t, fleet, set)
})

test('a tracker that is away is passed over, and learns what it missed', async (t) => {
  await using fleet = await started()
  const away = itemAt(fleet.trackers, 0)
  fleet.kill(away)
  const sets = Array.from({ length: 4 }, () => sealSet(fleet))
  for (const set of sets) t.is((await fleet.run(putSet(fleet, set, trackerAt(fleet, 1)))).margin, 2)
  const buried = sealSet(fleet)
  await fleet.run(putSet(fleet, buried, trackerAt(fleet, 2)))
  await fleet.run(burySet(fleet, buried, trackerAt(fleet, 2)))
  await fleet.startTracker(away)
  await fleet.clock.runFor(30 * SECOND)
  for (const set of sets) await assertWhole(t, fleet, set, trackerAt(fleet, 0))
  t.true((await fleet.run(locateSet(fleet, buried, trackerAt(fleet, 0)))).buried)
})

test('a provider that is away during reserve is replaced by another; reserve asked again keeps what is held', async (t) => {
  await using fleet = await started()
  const away = itemAt(fleet.providers, 0)
  fleet.kill(away)
  const set = sealSet(fleet)
  const first = await fleet.run(reserveSet(fleet, set, trackerAt(fleet, 0)))
  t.is(first.placed.length, 6)
  t.false(first.placed.some(({ provider }) => provider.peer === away.machine.peer))
  await fleet.run(storeShards(fleet, set, first.placed.slice(0, 3)))
  const failed = first.placed[3]?.provider.peer ?? ''
  const again = await fleet.run(reserveSet(fleet, set, trackerAt(fleet, 2), [], [failed]))
  t.deepEqual(
    again.placed.map(({ index }) => index),
    [3, 4, 5],
  )
  t.false(again.placed.some(({ provider }) => provider.peer === failed))
  t.is(again.placed[1]?.provider.peer, first.placed[4]?.provider.peer)
})

for (const [what, damage] of [
  ['bytes went wrong', rot],
  ['file was cut short', cutShort],
] as const)
  test(`a shard whose ${what} is found in a repair and replaced`, async (t) => {
    await using fleet = await started({ providers: 10, domains: 5 })
    const set = sealSet(fleet)
    const { placed } = await fleet.run(putSet(fleet, set))
    await fleet.clock.runFor(10 * SECOND)
    const at = (index: number) => fleet.providerOf(placed[index]?.provider.peer)
    const [rotten, victim] = [at(0), at(1)]
    t.true(await damage(rotten.machine.disk, itemAt(set.shards, 0)))
    const { peer } = victim.machine
    fleet.destroy(victim)
    await fleet.tell((tracker) => tracker.declareLost(peer, 'volume destroyed'))
    await fleet.clock.runFor(2 * MINUTE)
    await assertWhole(t, fleet, set, trackerAt(fleet, 0), rotten.machine.peer)
  })

test('a tracker that restarts knows its sets and judges nobody by a silence it could not have heard', async (t) => {
  await using fleet = await started({ trackers: 1 })
  const set = sealSet(fleet)
  await fleet.run(putSet(fleet, set))
  await fleet.clock.runFor(10 * SECOND)
  const only = itemAt(fleet.trackers, 0)
  fleet.kill(only)
  await fleet.clock.runFor(10 * MINUTE)
  await fleet.startTracker(only)
  const { providers, sets, records } = fleet.anyTracker.status()
  t.is(records, 1)
  t.true(providers.every(({ state }) => state === 'alive'))
  t.is((await fleet.run(locateSet(fleet, set))).holders.length, 6)
  t.is(sets.degraded, 0)
  await fleet.clock.runFor(2 * MINUTE)
  t.is(fleet.anyTracker.status().sets.repairedShards, 0)
})

test('a tracker cut off from the others suspects, writes nobody off and copies nothing', async (t) => {
  await using fleet = await started({ network: { repair: { rebuildAfterMs: SECOND, bytesPerSecond: 1e7 } } })
  const set = sealSet(fleet)
  await fleet.run(putSet(fleet, set))
  const alone = itemAt(fleet.trackers, 1)
  fleet.net.cut(alone.machine.place.host)
  await fleet.clock.runFor(10 * MINUTE)
  const { providers, sets } = alone.role?.status() ?? fleet.anyTracker.status()
  t.true(providers.every(({ state }) => state === 'suspect'))
  t.is(sets.repairedShards, 0)
  fleet.net.heal()
  await fleet.clock.runFor(MINUTE)
  t.true(alone.role?.status().providers.every(({ state }) => state === 'alive'))
  await assertWhole(t, fleet, set, trackerAt(fleet, 1))
})

test('requests to a tracker that does not own the set are passed on to one that does', async (t) => {
  await using fleet = await started({ trackers: 5 })
  for (let i = 0; i < 5; i++) {
    const set = sealSet(fleet)
    for (const tracker of fleet.config.trackers) t.is((await fleet.run(reserveSet(fleet, set, tracker))).placed.length, 6)
    const { placed } = await fleet.run(reserveSet(fleet, set, trackerAt(fleet, i)))
    await fleet.run(storeShards(fleet, set, placed))
    t.is((await fleet.run(putSet(fleet, set, trackerAt(fleet, (i + 1) % 5)))).margin, 2)
    for (const tracker of fleet.config.trackers) await assertWhole(t, fleet, set, tracker)
  }
  await fleet.clock.runFor(10 * SECOND)
  const known = fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().records, 0)
  t.is(known, 15, 'each of five sets lives on 2d + 1 = 3 of five trackers')
  const counted = fleet.runningTrackers.reduce((sum, tracker) => sum + (tracker.status().sets.margin['2'] ?? 0), 0)
  t.is(counted, 5, 'each set is counted by one tracker')
})

test('an upload that was never committed is left alone while it is young; then it is whole or forgotten', async (t) => {
  await using fleet = await started()
  const [enough, tooFew] = [sealSet(fleet), sealSet(fleet)]
  const whole = await fleet.run(reserveSet(fleet, enough, trackerAt(fleet, 0)))
  await fleet.run(storeShards(fleet, enough, whole.placed.slice(0, 5)))
  const part = await fleet.run(reserveSet(fleet, tooFew, trackerAt(fleet, 0)))
  await fleet.run(storeShards(fleet, tooFew, part.placed.slice(0, 3)))
  const repaired = () => fleet.runningTrackers.reduce((sum, tracker) => sum + tracker.status().sets.repairedShards, 0)
  await fleet.clock.runFor(90 * SECOND)
  t.is(repaired(), 0)
  await fleet.clock.runFor(2 * MINUTE)
  t.is(repaired(), 1)
  await assertWhole(t, fleet, enough)
  t.true(fleet.runningTrackers.every((tracker) => tracker.status().sets.margin['lost'] === undefined))
})

test('an epoch told to one tracker reaches all, and comes back after their volumes are lost', async (t) => {
  await using fleet = await started()
  const members = fleet.providers.map(({ machine }) => ({
    peer: machine.peer,
    name: machine.place.host,
    domain: itemAt(Object.values(machine.place.domains), 0),
    address: machine.address,
  }))
  const value = {
    network: fleet.config.network,
    number: 1,
    survive: 1,
    members,
    trackerSlots: [],
    createdMs: fleet.clock.now(),
    previous: null,
  }
  const epoch = signDocument(EPOCH, value, fleet.networkKey)
  t.is(await fleet.run(fleet.anyTracker.announceEpoch(epoch)), 1)
  await fleet.clock.runFor(20 * SECOND)
  const isKnown = () => fleet.runningTrackers.every((tracker) => tracker.status().epoch === 1)
  t.true(isKnown())
  t.true(fleet.anyTracker.status().providers.every((provider) => provider.epoch === 1))
  const gone = itemAt(fleet.providers, 0)
  const { peer } = gone.machine
  fleet.destroy(gone)
  for (const tracker of fleet.trackers) fleet.destroy(tracker)
  for (const tracker of fleet.trackers) await fleet.startTracker(tracker)
  t.true(await fleet.clock.runUntil(isKnown, 30 * SECOND))
  t.deepEqual(fleet.anyTracker.readEpoch(), epoch)
  await fleet.tell((tracker) => tracker.declareLost(peer, 'volume destroyed'))
  t.like(
    fleet.anyTracker.status().providers.find((provider) => provider.peer === peer),
    { state: 'lost', declaredLost: true },
    'a member that nobody has heard since can be declared lost',
  )
})

test('the admin API tells and takes what its table says', async (t) => {
  await using fleet = await started()
  const { admin } = fleet.anyTracker
  const status = ADMIN.status.response.parse(await admin.status({}))
  t.is(status.providers.length, 8)
  const { peer } = itemAt(fleet.providers, 0).machine
  t.deepEqual(await fleet.run(admin.declareLost({ peer, reason: 'test' })), { peer, state: 'lost' })
  t.deepEqual(await admin.readEpoch({}), { epoch: null })
  await t.throwsAsync(admin.announceEpoch({ epoch: 'not base64!' }), { code: 'BAD_MESSAGE' })
})

test('what the network does not offer is refused with its reason', async (t) => {
  await using fleet = await started({ providers: 4, domains: 2 })
  const refused = async (shape: Parameters<typeof sealSet>[1], code: string) =>
    t.throwsAsync(fleet.run(reserveSet(fleet, sealSet(fleet, shape), trackerAt(fleet, 0))), { code })
  await refused({ className: 'gold' }, 'UNKNOWN_CLASS')
  await refused({ required: 3 }, 'UNKNOWN_CLASS')
  await refused({ network: 'test/other' }, 'UNKNOWN_NETWORK')
  const error = await refused({}, 'NO_ROOM')
  t.like(error, { detail: { short: 2, reason: 'providers' } })
  const forged = sealSet(fleet)
  const record = { ...forged.record, signature: new Uint8Array(64) }
  await t.throwsAsync(fleet.run(reserveSet(fleet, { ...forged, record }, trackerAt(fleet, 0))), { code: 'BAD_SIGNATURE' })
})

test('the same seed tells the same story', async (t) => {
  const story = async (): Promise<string> => {
    await using fleet = await started({ seed: 5 })
    const set = sealSet(fleet)
    await fleet.run(putSet(fleet, set))
    fleet.kill(itemAt(fleet.providers, 0))
    await fleet.clock.runFor(2 * MINUTE)
    return `${hexOf(set.id)} ${fleet.trace.digest()}`
  }
  t.is(await story(), await story())
})

type Disk = Fleet['client']['platform']['disk']

/** Where on the disk these bytes are. */
async function find(disk: Disk, shard: Uint8Array, folder = ''): Promise<{ path: string; at: number } | undefined> {
  for (const name of (await disk.list(folder)).sort()) {
    const path = folder === '' ? name : `${folder}/${name}`
    const below = await find(disk, shard, path)
    if (below) return below
    const bytes = await disk.readFile(path)
    const at = bytes ? Buffer.from(bytes).indexOf(shard) : -1
    if (at >= 0) return { path, at }
  }
  return undefined
}

/** Flips one bit of the file that holds these bytes. */
async function rot(disk: Disk, shard: Uint8Array): Promise<boolean> {
  const found = await find(disk, shard)
  if (!found) return false
  await using file = await disk.open(found.path, 'create')
  await file.write(Uint8Array.of((shard[0] ?? 0) ^ 1), found.at)
  await file.sync()
  return true
}

/** Half of the file that holds these bytes is gone. */
async function cutShort(disk: Disk, shard: Uint8Array): Promise<boolean> {
  const found = await find(disk, shard)
  if (!found) return false
  await using file = await disk.open(found.path, 'create')
  await file.truncate(found.at + Math.floor(shard.length / 2))
  await file.sync()
  return true
}
