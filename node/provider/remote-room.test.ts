/**
 * Shards in a store, uploads on a small volume: the store's room is not sold as if it were the volume's.
 */
import { hexOf } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SimulatedBucket } from '@lunarx/runtime/objects'
import { SeededRandom } from '@lunarx/runtime/random'
import { holdMany } from '@lunarx/wire'
import test from 'ava'
import { present, PROVIDER, SimulatedProvider } from './simulated-machine.ts'

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

test('what is asked for together asks the store for its room once, and is sold no more than there is', async (t) => {
  const world = await booted()
  const asked = (): number =>
    world.running?.metrics.observed('lunarx_backend_seconds', { backend: 'memory', operation: 'free', outcome: 'ok' }).length ?? 0
  const shards = Array.from({ length: 8 }, (_, n) => {
    const { segment, record } = world.makeSet(`together ${n}`, MIB)
    const expiresMs = world.clock.now() + 600_000
    return {
      client: world.client.self,
      owner: record.owner,
      segment,
      index: 0,
      address: present(record.addresses[0]),
      sizeBytes: MIB,
      expiresMs,
    }
  })
  const before = asked()
  const { answer } = await world.settle(world.tracker.ask(PROVIDER, holdMany, { shards }))
  t.is(asked() - before, 1)
  const codes = answer.held.map((one) => ('key' in one ? 'held' : one.refusal.code))
  t.deepEqual(codes.toSorted(), ['FULL', 'FULL', 'FULL', 'FULL', 'FULL', 'held', 'held', 'held'])
  t.is((await world.settle(world.room())).reservedBytes, 3 * MIB)
})

test('a shard is read in pieces of 4 MiB, each of which is a request, and in chunks where many read at a time', async (t) => {
  const bucket = new SimulatedBucket({ random: new SeededRandom(2) })
  const world = new SimulatedProvider(2, { capacityBytes: 64 * MIB, bucket })
  await world.settle(world.boot())
  const set = await world.settle(world.put('large', 9 * MIB))
  const requests = (): number =>
    world.running?.metrics.observed('lunarx_backend_seconds', { backend: 'memory', operation: 'read', outcome: 'ok' }).length ?? 0
  const before = requests()
  t.deepEqual(hexOf(crypto.sha256((await world.settle(world.retrieve(set))).bytes)), hexOf(crypto.sha256(set.bytes)))
  const ofOne = requests() - before
  t.true(ofOne <= 4, `${ofOne} requests: its footer, and three pieces`)
  await world.settle(Promise.all(Array.from({ length: 18 }, () => world.retrieve(set))))
  t.true(requests() - before - ofOne > 18 * ofOne, 'none of them makes way')
})
