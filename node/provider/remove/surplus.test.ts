import { hasCode } from '@lunarx/core/model'
import { WithBody, type Peers } from '@lunarx/net/peers'
import { hold, retrieve, surplus } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { chunks, SimulatedProvider, type TestSet } from '../simulated-machine.ts'

const PROVIDER = { host: 'provider', controlPort: 1, dataPort: 2 }

/** A provider that holds a shard, and another that says to hold it too. */
async function start(seed: string, role: 'provider' | 'tracker' = 'provider') {
  const world = new SimulatedProvider(seed)
  await world.settle(world.boot())
  const set = await world.settle(world.put('a', 60_000))
  const self = (await world.settle(world.tracker.ask(PROVIDER, hold, { shards: [heldAgain(world, set)] }))).session.peer
  const twin = world.join('twin', role)
  let bytes = set.bytes
  const give = (given: Uint8Array): void => void (bytes = given)
  /** What the twin does before it answers. */
  const before = { answer: async (): Promise<void> => undefined }
  twin.answer(retrieve, async () => {
    await before.answer()
    return new WithBody({ shardBytes: bytes.length, firstLeaf: 0, leaves: 4, path: [] }, chunks(bytes))
  })
  const send = async (other: string, by: 'tracker' | 'client' = 'tracker', reader = { self } as Peers): Promise<boolean> => {
    const question = {
      order: world.grant(set, reader, by, 'give-way').grant,
      twin: { host: 'twin', controlPort: 1, dataPort: 2, peer: other },
    }
    return (await world.tracker.ask(PROVIDER, surplus, question)).answer.removed
  }
  const order = (by?: 'tracker' | 'client', reader?: Peers): Promise<boolean> => world.settle(send(twin.self, by, reader))
  return { world, set, self, twin, before, give, send, order }
}

function heldAgain(world: SimulatedProvider, { segment, record }: TestSet) {
  const [address = new Uint8Array(32)] = record.addresses
  return {
    client: world.client.self,
    owner: record.owner,
    segment,
    index: 0,
    address,
    sizeBytes: record.shardBytes,
    expiresMs: world.clock.now() + 1_000,
  }
}

async function refusedWith(t: ExecutionContext, work: Promise<unknown>, code: Parameters<typeof hasCode>[1]): Promise<void> {
  const error = await t.throwsAsync(work)
  t.true(hasCode(error, code), String(error))
}

test('a shard goes when its twin has given every byte of it, and only then', async (t) => {
  const { world, set, give, order } = await start('surplus')
  const wrong = set.bytes.slice()
  wrong[59_999]! ^= 1
  for (const bytes of [wrong, set.bytes.subarray(0, 59_999), new Uint8Array(200_000)]) {
    give(bytes)
    await refusedWith(t, order(), 'BAD_ADDRESS')
    t.true(await world.settle(world.isHeld(set)))
  }
  give(set.bytes)
  t.true(await order())
  t.false(await world.settle(world.isHeld(set)))
  t.like(await world.settle(world.room()), { usedBytes: 0, shards: 0 })
  t.false(await order())
})

test('a tracker that says to hold the shard itself is not believed: it may have read it here', async (t) => {
  const { world, set, order } = await start('surplus relayed', 'tracker')
  await refusedWith(t, order(), 'BAD_MESSAGE')
  t.true(await world.settle(world.isHeld(set)))
})

test('nobody but a tracker orders it, nobody but the one that is named obeys, and nobody relies on itself', async (t) => {
  const { world, set, self, send, order } = await start('surplus refused')
  await refusedWith(t, world.settle(send(self)), 'BAD_MESSAGE')
  await refusedWith(t, order('client'), 'UNAUTHORIZED')
  await refusedWith(t, order('tracker', world.client), 'UNAUTHORIZED')
  t.true(await world.settle(world.isHeld(set)))
})

test('while it gives way nobody may rely on it, nor is it ordered a second time; before and afterwards it is as any other', async (t) => {
  const { world, set, twin, before, give, send, order } = await start('surplus crosswise')
  const asTwin = { asker: twin, authority: world.grant(set, twin, 'tracker', 'give-way') }
  const asReader = { authority: world.request(set, world.client) }
  t.deepEqual((await world.settle(world.retrieve(set, asTwin))).bytes, set.bytes)
  const met: unknown[] = []
  before.answer = async () => {
    const meet = (work: Promise<unknown>) => work.then(() => met.push('done')).catch((error: unknown) => met.push(error))
    await meet(world.retrieve(set, asTwin))
    await meet(send(twin.self))
    await meet(world.retrieve(set, asReader))
  }
  give(set.bytes.subarray(1))
  await refusedWith(t, order(), 'BAD_ADDRESS')
  t.true(hasCode(met[0], 'GIVING_WAY') && hasCode(met[1], 'GIVING_WAY'), String(met))
  t.is(met[2], 'done', 'its reader reads on')
  before.answer = async () => undefined
  t.deepEqual((await world.settle(world.retrieve(set, asTwin))).bytes, set.bytes)
  give(set.bytes)
  t.true(await order())
})
