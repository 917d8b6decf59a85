import { signDocument, SEGMENT_RECORD } from '@lunarx/core/document'
import { unpackShardKeys } from '@lunarx/core/inventory'
import { hasCode, hexOf, LunarError } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { store } from '@lunarx/wire'
import test from 'ava'
import { Fleet } from '../../../test/fleet/fleet.ts'
import { locateSet, putSet, readShard, sealSet } from '../../../test/fleet/sets.ts'
import { itemAt } from '@lunarx/core/model'
import { PROVIDER_LIMITS } from '../limits.ts'
import { owner, present, SimulatedProvider, type TestSet } from '../simulated-machine.ts'
import { isDamage, verifyShard } from './verify.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** A pass every five minutes. */
const OFTEN = { periodMs: 70 * MINUTE }

async function start(seed: number | string, scrub: { periodMs?: number; bytesPerSecond?: number } = OFTEN): Promise<SimulatedProvider> {
  const world = new SimulatedProvider(seed, { scrub })
  await world.settle(world.boot())
  return world
}

async function puts(world: SimulatedProvider, count: number, sizeBytes: number): Promise<TestSet[]> {
  const sets: TestSet[] = []
  for (let n = 0; n < count; n++) sets.push(await world.settle(world.put(`${n}`, sizeBytes)))
  return sets
}

const read = (world: SimulatedProvider, finding = 'sound'): number =>
  present(world.running).metrics.value('lunarx_scrub_shards_total', { finding })

for (let seed = 0; seed < 12; seed++)
  test(`a bit that turned over anywhere in a shard's file is found, and the shard is given up (SEED=${seed})`, async (t) => {
    const world = await start(`rot ${seed}`)
    const random = new SeededRandom(seed)
    const sets = await puts(world, 8, 50_000)
    await world.clock.runFor(10 * SECOND)
    world.heard.pages.length = 0
    const rotten = random.below(sets.length)
    await world.settle(world.rot(present(sets[rotten]), seed < 4 ? 0.99 + 0.0025 * seed : random.uniform()))
    await world.clock.runFor(6 * MINUTE)
    for (const [n, set] of sets.entries()) t.is(await world.settle(world.isHeld(set)), n !== rotten, `shard ${n}`)
    t.deepEqual(
      world.heard.pages.flatMap(({ gone }) => unpackShardKeys(gone).map(({ segment }) => hexOf(segment))),
      [hexOf(present(sets[rotten]).segment)],
    )
    t.like(await world.settle(world.room()), { shards: 7, usedBytes: 350_000 })
    t.is(read(world, 'damaged'), 1)
    await world.settle(world.put(`${rotten}`, 50_000)) // as a repair does
    t.true(await world.settle(world.isHeld(present(sets[rotten]))))
  })

test('a shard whose file is gone is given up', async (t) => {
  const world = await start('gone')
  const [set] = await puts(world, 1, 10_000)
  const name = hexOf(present(set).segment)
  await world.disk.remove(`shards/${name.slice(0, 2)}/${name}.0`)
  await world.clock.runFor(6 * MINUTE)
  t.false(await world.settle(world.isHeld(present(set))))
  t.is(read(world, 'gone'), 1)
})

test('whoever is given damaged bytes, the shard is looked at then, not when the pass comes to it', async (t) => {
  const world = await start('suspect', { periodMs: 365 * 86_400_000 })
  const [set] = await puts(world, 1, 50_000)
  const name = hexOf(present(set).segment)
  await using file = await world.disk.open(`shards/${name.slice(0, 2)}/${name}.0`, 'create')
  await file.truncate(25_000)
  t.true(hasCode(await t.throwsAsync(world.settle(world.retrieve(present(set)))), 'SHARD_DAMAGED'))
  await world.clock.runFor(SECOND)
  t.false(await world.settle(world.isHeld(present(set))))
})

test('a restart goes on where the pass was: after a stop to the shard, after a crash within the last note', async (t) => {
  const world = await start('restart', { periodMs: 70 * MINUTE, bytesPerSecond: 50_000 })
  const shards = 200
  await puts(world, shards, 50_000)
  await world.clock.runFor(5 * MINUTE) // the pass that began before there was anything is over
  await world.clock.runFor(MINUTE)
  const before = read(world)
  t.true(before > 20 && before < shards - 60, `${before} shards read`)
  await world.stop()
  await world.settle(world.boot())
  await world.clock.runFor(MINUTE)
  const between = read(world)
  t.true(between > 20 && before + between < shards - 20, `${between} shards read after a stop`)
  world.crash()
  await world.settle(world.boot())
  await world.clock.runFor(2.5 * MINUTE)
  const after = read(world)
  const twice = before + between + after - shards
  // one that was under way at the stop is read again; a note is at most 30 s old: 30 shards at this pace
  t.true(twice >= 0 && twice <= 2 + PROVIDER_LIMITS.scrubNoteMs / SECOND, `${twice} shards read twice`)
  t.is(present(world.running).metrics.value('lunarx_scrub_progress'), 1)
})

test('it makes way for an upload, until it would be late', async (t) => {
  const world = await start('way', { periodMs: 70 * MINUTE, bytesPerSecond: 50_000 })
  await puts(world, 20, 50_000)
  const set = world.makeSet('slow', 50_000)
  const key = await world.settle(world.hold(set, { expiresMs: world.clock.now() + 3_600_000 }))
  async function* hanging(): AsyncGenerator<Uint8Array> {
    yield set.bytes.slice(0, 10)
    await new Promise(() => undefined)
  }
  await world.clock.runFor(4.9 * MINUTE)
  const PROVIDER = { host: 'provider', controlPort: 1, dataPort: 2 }
  world.client
    .ask(PROVIDER, store, { key, record: set.document, offset: 0 }, { body: hanging(), timeoutMs: 3_600_000 })
    .catch(() => undefined)
  await world.clock.runFor(3 * MINUTE)
  t.is(read(world), 0)
  await world.clock.runFor(10 * MINUTE)
  t.true(read(world) > 0)
})

test('when many shards in a row are damaged, the store is at fault: no more are dropped for a while', async (t) => {
  const world = await start('many')
  const sets = await puts(world, PROVIDER_LIMITS.damagedInARow + 9, 2_000)
  for (const set of sets) await world.settle(world.rot(set, 0.5))
  await world.clock.runFor(20 * MINUTE)
  t.like(await world.settle(world.room()), { shards: 9 })
  await world.clock.runFor(PROVIDER_LIMITS.damagedPauseMs)
  t.like(await world.settle(world.room()), { shards: 0 })
})

test('a store that does not answer says nothing of a shard; a sector that cannot be read does', async (t) => {
  const failing = (detail: Record<string, unknown>) => ({
    crypto,
    store: { open: () => Promise.reject(new LunarError('STORE_FAILED', 'no answer', { detail })) },
  })
  const key = { segment: new Uint8Array(32), index: 0 }
  await t.throwsAsync(verifyShard(key, failing({ system: 'ETIMEDOUT' })), { code: 'STORE_FAILED' })
  t.is(await verifyShard(key, failing({ system: 'EIO' })), 'damaged')
  t.false(isDamage(new LunarError('FULL', 'full')))
})

test('a record whose signature went wrong is damage: it could not be taught to a tracker any more', async (t) => {
  const world = await start('signature')
  const set = world.makeSet('a', 100)
  const document = signDocument(SEGMENT_RECORD, set.record, owner)
  document.signature[3] = (document.signature[3] ?? 0) ^ 1
  const open = async () => ({
    record: set.record,
    document,
    read: async (into: Uint8Array, position: number) => {
      into.set(set.bytes.subarray(position, position + into.length))
      return into.length
    },
    leafHashes: async () => [],
    holdsNothing: true,
    pieceBytes: 1_000,
    [Symbol.asyncDispose]: async () => undefined,
  })
  t.is(await verifyShard({ segment: set.segment, index: 0 }, { crypto, store: { open } }), 'damaged')
})

for (const seed of [1, 2])
  test(`in a network, silent damage within what the class survives is healed by itself (SEED=${seed})`, async (t) => {
    await using fleet = await Fleet.start({ seed, providers: 10, domains: 5, scrub: OFTEN })
    await fleet.clock.runFor(10 * SECOND)
    const sets = [sealSet(fleet), sealSet(fleet), sealSet(fleet)]
    const random = fleet.random.fork('rot')
    for (const set of sets) {
      const { placed } = await fleet.run(putSet(fleet, set))
      for (let lost = 0; lost < 2; lost++) {
        const { index, provider } = itemAt(placed, 3 * lost + random.below(3))
        await fleet.run(rot(fleet, hexOf(set.id), index, provider.peer, random))
      }
    }
    await fleet.clock.runFor(15 * MINUTE)
    for (const set of sets) {
      const { holders } = await fleet.run(locateSet(fleet, set, itemAt(fleet.config.trackers, 0)))
      for (const [index, shard] of set.shards.entries()) {
        const holder = present(holders.find((one) => one.index === index))
        t.deepEqual(await fleet.run(readShard(fleet, set, index, holder.provider)), shard)
      }
    }
  })

async function rot(fleet: Fleet, segment: string, index: number, peer: string, random: SeededRandom): Promise<void> {
  const { disk } = fleet.providerOf(peer).machine
  await using file = await disk.open(`shards/${segment.slice(0, 2)}/${segment}.${index}`, 'create')
  const at = random.below(await file.size())
  const byte = new Uint8Array(1)
  await file.read(byte, at)
  await file.write(Uint8Array.of((byte[0] ?? 0) ^ (1 << random.below(8))), at)
  await file.sync()
}
