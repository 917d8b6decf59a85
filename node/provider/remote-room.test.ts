/**
 * Shards in a store, uploads on a small volume: the store's room is not sold as if it were the volume's.
 */
import { SimulatedBucket } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { SimulatedProvider } from './simulated-machine.ts'

const MIB = 1 << 20

async function booted(): Promise<SimulatedProvider> {
  const bucket = new SimulatedBucket({ random: new SeededRandom(1) })
  const world = new SimulatedProvider(1, { capacityBytes: 64 * MIB, volumeBytes: 4 * MIB, bucket })
  await world.settle(world.boot())
  return world
}

test('many times the volume goes through it into the store', async (t) => {
  const world = await booted()
  for (let i = 0; i < 12; i++) t.true(await world.settle(world.isHeld(await world.settle(world.put(`shard ${i}`, MIB)))))
  t.is((await world.settle(world.room())).usedBytes, 12 * MIB)
  t.true(world.disk.freeBytes > 3 * MIB)
})

test('what the volume has no room for is refused before it is sent, whatever the store has', async (t) => {
  const world = await booted()
  await t.throwsAsync(world.settle(world.hold(world.makeSet('large', 8 * MIB))), { code: 'FULL' })
  for (let i = 0; i < 3; i++) await world.settle(world.hold(world.makeSet(`small ${i}`, MIB)))
  await t.throwsAsync(world.settle(world.hold(world.makeSet('one too many', MIB))), { code: 'FULL' })
  t.is((await world.settle(world.room())).reservedBytes, 3 * MIB)
})
