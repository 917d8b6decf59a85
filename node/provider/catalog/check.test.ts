import { hexOf } from '@lunarx/core/model'
import { SeededRandom } from '@lunarx/runtime/random'
import { SimulatedStores } from '@lunarx/runtime/store'
import test from 'ava'
import { Capacity } from '../reserve/capacity.ts'
import { present, SimulatedProvider, type TestSet } from '../simulated-machine.ts'
import type { ShardKey } from '../store/index.ts'
import { Catalog } from './catalog.ts'

const OWNER = new Uint8Array(32)

async function lose(world: SimulatedProvider, { segment }: TestSet): Promise<void> {
  const name = hexOf(segment)
  await world.disk.remove(`shards/${name.slice(0, 2)}/${name}.0`)
  await world.disk.syncFolder(`shards/${name.slice(0, 2)}`)
}

test('after a clean stop the index is believed as it is; after a crash it is compared with the files', async (t) => {
  const world = new SimulatedProvider('clean')
  await world.settle(world.boot())
  const [a, b] = [await world.settle(world.put('a', 10_000)), await world.settle(world.put('b', 20_000))]
  await world.stop()
  await world.settle(lose(world, a))
  await world.settle(world.boot())
  await world.clock.runFor(5_000)
  t.like(await world.settle(world.room()), { shards: 2, usedBytes: 30_000 })
  await world.settle(world.put('c', 5_000))
  world.crash()
  await world.settle(world.boot())
  await world.clock.runFor(5_000)
  t.false(await world.settle(world.isHeld(a)))
  t.true(await world.settle(world.isHeld(b)))
  t.like(await world.settle(world.room()), { shards: 2, usedBytes: 25_000 })
})

test('a crash between a file and its entry: the file is found, and what was reserved for it is not counted twice', async (t) => {
  for (let seed = 0; seed < 30; seed++) {
    const world = new SimulatedProvider(`between ${seed}`, { capacityBytes: 50_000 })
    await world.settle(world.boot())
    const set = world.makeSet('a', 20_000)
    const key = await world.settle(world.hold(set, { expiresMs: world.clock.now() + 3_600_000 }))
    world.store(set, key).catch(() => undefined)
    const folder = `shards/${hexOf(set.segment).slice(0, 2)}`
    while ((await world.disk.list(folder)).length === 0) await world.clock.runFor(0.5)
    await world.clock.runFor(new SeededRandom(seed).between(0, 6))
    world.crash()
    await world.settle(world.boot())
    await world.clock.runFor(5_000)
    const { usedBytes, reservedBytes } = await world.settle(world.room())
    t.is(usedBytes + reservedBytes, 20_000, `SEED ${seed}`)
    await world.settle(world.store(set, key))
    t.like(await world.settle(world.room()), { usedBytes: 20_000, reservedBytes: 0 })
  }
})

for (const seed of [1, 2, 3, 4, 5])
  test(`entries that come and go while they are counted are counted once (SEED=${seed})`, async (t) => {
    const random = new SeededRandom(seed)
    const stores = new SimulatedStores({ random: random.fork('stores') })
    const index = await stores.opener()('shards')
    const key = (): ShardKey => ({ segment: random.bytes(32), index: 0 })
    const held = Array.from({ length: 9_000 }, () => ({ key: key(), sizeBytes: 1 + random.below(100) }))
    const before = new Catalog(index, new Capacity(1e9), 'net')
    await before.open()
    for (const one of held) await before.add(one.key, { owner: OWNER, shardBytes: one.sizeBytes })

    const capacity = new Capacity(1e9)
    const catalog = new Catalog(index, capacity, 'net')
    t.is(await catalog.open(), 'unclean')
    const changes = async (): Promise<void> => {
      for (let n = 0; n < 300; n++) {
        if (random.chance(0.5)) {
          const one = { key: key(), sizeBytes: 1 + random.below(100) }
          held.push(one)
          await catalog.add(one.key, { owner: OWNER, shardBytes: one.sizeBytes })
        } else {
          const [gone] = held.splice(random.below(held.length), 1)
          await catalog.drop(present(gone).key)
        }
      }
    }
    await Promise.all([changes(), changes(), catalog.count(() => Promise.resolve()), changes()])
    t.true(catalog.isCounted)
    t.is(catalog.shards, held.length)
    t.is(
      capacity.usedBytes,
      held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    )
    await catalog.close()
    await t.throwsAsync(catalog.drop(present(held[0]).key), { code: 'STOPPING' })
    const again = new Catalog(index, new Capacity(1e9), 'net')
    t.is(await again.open(), 'clean')
    t.is(again.shards, held.length)
  })
