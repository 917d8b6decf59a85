import type { SignedDocument } from '@lunarx/core/document'
import { hasCode } from '@lunarx/core/model'
import { store, storeRelease } from '@lunarx/wire'
import test from 'ava'
import { SimulatedProvider } from '../simulated-machine.ts'

const PROVIDER = { host: 'provider', controlPort: 1, dataPort: 2 }

test('a reservation that is given back frees its room at once, with what arrived; a stored shard stays', async (t) => {
  const world = new SimulatedProvider('release')
  await world.settle(world.boot())
  const release = (key: SignedDocument, client = world.client) => client.ask(PROVIDER, storeRelease, { key })
  const set = world.makeSet('a', 100_000)
  const key = await world.settle(world.hold(set))
  async function* half(): AsyncGenerator<Uint8Array> {
    yield set.bytes.slice(0, 50_000)
    await new Promise(() => undefined) // the connection hangs
  }
  const storing = world.client.ask(PROVIDER, store, { key, record: set.document, offset: 0 }, { body: half() })
  storing.catch(() => undefined)
  await world.clock.runFor(2_000)
  t.like(await world.settle(world.room()), { reservedBytes: 100_000, shards: 0 })

  const stranger = world.join('stranger', 'client')
  const refused = await t.throwsAsync(world.settle(release(key, stranger)))
  t.true(hasCode(refused, 'RESERVATION_INVALID'))
  t.like(await world.settle(world.room()), { reservedBytes: 100_000 })

  await world.settle(release(key))
  await t.throwsAsync(world.settle(storing))
  t.like(await world.settle(world.room()), { reservedBytes: 0, usedBytes: 0 })
  t.deepEqual(await world.disk.list('incoming'), [])
  const gone = await t.throwsAsync(world.settle(world.store(set, key)))
  t.true(hasCode(gone, 'RESERVATION_INVALID'))
  await world.settle(release(key)) // twice is no more than once

  const again = await world.settle(world.hold(set))
  await world.settle(world.store(set, again))
  await world.settle(release(again))
  t.true(await world.settle(world.isHeld(set)))
  t.like(await world.settle(world.room()), { usedBytes: 100_000, reservedBytes: 0 })
})
