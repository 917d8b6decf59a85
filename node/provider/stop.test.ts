import { hasCode } from '@lunarx/core/model'
import { storeProgress, store } from '@lunarx/wire'
import test from 'ava'
import { present, PROVIDER, SimulatedProvider } from './simulated-machine.ts'

async function start(seed: string): Promise<SimulatedProvider> {
  const world = new SimulatedProvider(seed, { drainMs: 5_000 })
  await world.settle(world.boot())
  return world
}

/** Yields half, then the rest after this time; undefined: never. */
async function* slowly(world: SimulatedProvider, bytes: Uint8Array, pauseMs?: number): AsyncGenerator<Uint8Array> {
  yield bytes.slice(0, bytes.length >> 1)
  if (pauseMs === undefined) await new Promise(() => undefined)
  else await world.clock.sleep(pauseMs)
  yield bytes.slice(bytes.length >> 1)
}

test('a stop lets an upload end, hands back one that hangs, refuses what is new, and loses nothing', async (t) => {
  const world = await start('stop')
  const [kept, ended, hanging] = [await world.settle(world.put('kept', 10_000)), world.makeSet('a', 60_000), world.makeSet('b', 60_000)]
  const keys = { ended: await world.settle(world.hold(ended)), hanging: await world.settle(world.hold(hanging)) }
  const send = (set: typeof ended, key: typeof keys.ended, pauseMs?: number) =>
    world.client.ask(PROVIDER, store, { key, record: set.document, offset: 0 }, { body: slowly(world, set.bytes, pauseMs) })
  const first = send(ended, keys.ended, 2_000)
  const second = send(hanging, keys.hanging)
  second.catch(() => undefined)
  await world.clock.runFor(500)
  const began = world.clock.elapsed()
  const { provider } = present(world.running)
  t.true(provider.ready())
  const stopped = provider[Symbol.asyncDispose]()
  t.false(provider.ready())
  for (const work of [world.hold(world.makeSet('new', 10)), world.store(ended, keys.ended), world.retrieve(kept)])
    t.true(hasCode(await t.throwsAsync(world.settle<unknown>(work)), 'STOPPING'))
  await world.settle(first)
  const error = await t.throwsAsync(world.settle(second))
  t.true(hasCode(error, 'INTERRUPTED'), String(error))
  t.is(error instanceof Error && 'detail' in error ? (error.detail as { receivedBytes: number }).receivedBytes : -1, 30_000)
  await world.settle(Promise.resolve(stopped))
  const tookMs = world.clock.elapsed() - began
  t.true(tookMs >= 5_000 && tookMs < 6_000, `${tookMs} ms`)

  world.crash() // whatever was not made durable is lost now
  await world.settle(world.boot())
  t.true(await world.settle(world.isHeld(kept)))
  t.true(await world.settle(world.isHeld(ended)))
  const { answer } = await world.settle(world.client.ask(PROVIDER, storeProgress, { key: keys.hanging }))
  t.is(answer.receivedBytes, 30_000)
  await world.settle(world.store(hanging, keys.hanging, { offset: 30_000 }))
  t.deepEqual((await world.settle(world.retrieve(hanging))).bytes, hanging.bytes)
})

test('with nothing under way a stop takes no time', async (t) => {
  const world = await start('idle')
  await world.clock.runFor(10_000)
  const began = world.clock.elapsed()
  await world.stop()
  t.true(world.clock.elapsed() - began < 500)
})
