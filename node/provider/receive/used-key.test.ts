import { hexOf } from '@lunarx/core/model'
import { discard } from '@lunarx/wire'
import test from 'ava'
import { PROVIDER, SimulatedProvider } from '../simulated-machine.ts'

test('a key that is used up stores nothing again: while the shard is here it gives the receipt, then it is worth nothing', async (t) => {
  const world = new SimulatedProvider('used up')
  await world.settle(world.boot())
  const set = world.makeSet('a', 100_000)
  const key = await world.settle(world.hold(set))
  const storedBytes = (): number => world.running?.metrics.value('lunarx_provider_stored_bytes_total') ?? 0
  await world.settle(world.store(set, key))
  await world.settle(world.store(set, key))
  t.is(storedBytes(), 100_000)
  t.like(await world.settle(world.room()), { shards: 1, usedBytes: 100_000, reservedBytes: 0 })
  world.crash()
  await world.settle(world.boot())
  await world.settle(world.store(set, key))
  t.is(storedBytes(), 0, 'a start knows that it was used')

  world.crash()
  const folder = `shards/${hexOf(set.segment).slice(0, 2)}`
  await world.settle(world.disk.remove(`${folder}/${hexOf(set.segment)}.0`).then(() => world.disk.syncFolder(folder)))
  await world.settle(world.boot())
  await world.clock.runFor(5_000)
  t.false(await world.settle(world.isHeld(set)))
  await t.throwsAsync(world.settle(world.store(set, key)), { code: 'RESERVATION_INVALID' })
  t.deepEqual(await world.disk.list('incoming'), [])
  t.like(await world.settle(world.room()), { shards: 0, usedBytes: 0, reservedBytes: 0 })

  const other = world.makeSet('b', 100_000)
  const otherKey = await world.settle(world.hold(other))
  await world.settle(world.store(other, otherKey))
  await world.settle(world.tracker.ask(PROVIDER, discard, { tombstones: [world.tombstone(other)] }))
  await t.throwsAsync(world.settle(world.store(other, otherKey)), { code: 'TOMBSTONED' })
  t.like(await world.settle(world.room()), { shards: 0, usedBytes: 0, reservedBytes: 0 })
})
