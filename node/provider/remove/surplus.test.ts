import { hasCode } from '@lunarx/core/model'
import { WithBody, type Peers } from '@lunarx/net/peers'
import { hold, retrieve, surplus } from '@lunarx/wire'
import test, { type ExecutionContext } from 'ava'
import { chunks, SimulatedProvider, type TestSet } from '../simulated-machine.ts'

const PROVIDER = { host: 'provider', controlPort: 1, dataPort: 2 }

/** A provider that holds a shard, and others that say to hold it too: one with a smaller id, one with a larger. */
async function start(seed: string, role: 'provider' | 'tracker' = 'provider') {
  const world = new SimulatedProvider(seed)
  await world.settle(world.boot())
  const set = await world.settle(world.put('a', 60_000))
  const self = (await world.settle(world.tracker.ask(PROVIDER, hold, { shards: [heldAgain(world, set)] }))).session.peer
  const named = (name: string, isRight: (peer: string) => boolean): { host: string; peers: Peers } => {
    for (let n = 0; ; n++) {
      const host = `${name}-${n}`
      const peers = world.join(host, role)
      if (isRight(peers.self)) return { host, peers }
    }
  }
  const smaller = named('smaller', (peer) => peer < self)
  const larger = named('larger', (peer) => peer > self)
  let bytes = set.bytes
  const give = (given: Uint8Array): void => void (bytes = given)
  for (const { peers } of [smaller, larger])
    peers.answer(retrieve, async () => new WithBody({ shardBytes: bytes.length, firstLeaf: 0, leaves: 4, path: [] }, chunks(bytes)))
  const order = (twin: typeof smaller, by: 'tracker' | 'client' = 'tracker', reader = { self } as Peers) =>
    world.settle(
      world.tracker
        .ask(PROVIDER, surplus, {
          order: world.grant(set, reader, by, 'surplus').grant,
          twin: { host: twin.host, controlPort: 1, dataPort: 2, peer: twin.peers.self },
        })
        .then(({ answer }) => answer.removed),
    )
  return { world, set, smaller, larger, give, order }
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
  const { world, set, smaller, give, order } = await start('surplus')
  const wrong = set.bytes.slice()
  wrong[59_999]! ^= 1
  for (const bytes of [wrong, set.bytes.subarray(0, 59_999), new Uint8Array(200_000)]) {
    give(bytes)
    await refusedWith(t, order(smaller), 'BAD_ADDRESS')
    t.true(await world.settle(world.isHeld(set)))
  }
  give(set.bytes)
  t.true(await order(smaller))
  t.false(await world.settle(world.isHeld(set)))
  t.like(await world.settle(world.room()), { usedBytes: 0, shards: 0 })
  t.false(await order(smaller))
})

test('a tracker that says to hold the shard itself is not believed: it may have read it here', async (t) => {
  const { world, set, smaller, order } = await start('surplus relayed', 'tracker')
  await refusedWith(t, order(smaller), 'BAD_MESSAGE')
  t.true(await world.settle(world.isHeld(set)))
})

test('nobody but a tracker orders it, nobody but the one that is named obeys, and the smaller id never does', async (t) => {
  const { world, set, smaller, larger, order } = await start('surplus refused')
  await refusedWith(t, order(larger), 'BAD_MESSAGE')
  await refusedWith(t, order(smaller, 'client'), 'UNAUTHORIZED')
  await refusedWith(t, order(smaller, 'tracker', world.client), 'UNAUTHORIZED')
  t.true(await world.settle(world.isHeld(set)))
})
