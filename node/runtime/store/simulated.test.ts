import test from 'ava'
import { SimulatedClock } from '../clock/simulated.ts'
import { SimulatedDisk } from '../disk/simulated.ts'
import { SeededRandom } from '../random/seeded.ts'
import { SimulatedStores } from './simulated.ts'

const byte = (value: number): Uint8Array => Uint8Array.of(value)

test('a crash keeps what was acknowledged, and of the rest a beginning', async (t) => {
  const seen = new Set<number>()
  for (let seed = 0; seed < 40; seed++) {
    const clock = new SimulatedClock()
    const stores = new SimulatedStores({ random: new SeededRandom(seed) })
    const store = await stores.opener({ clock, commitMs: [1, 1] })('rows')
    await clock.runWhile(store.write([{ put: byte(0), value: byte(0) }]), 10)
    for (let i = 1; i <= 3; i++) void store.write([{ put: byte(i), value: byte(i) }])
    await clock.runFor(0)
    stores.crash()
    await clock.runFor(100)
    const after = await stores.opener()('rows')
    const keys = (await after.scan({ from: byte(0), limit: 10 })).map(({ key }) => key[0])
    t.deepEqual(keys, [0, 1, 2, 3].slice(0, keys.length))
    seen.add(keys.length)
  }
  t.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    [1, 2, 3, 4],
  )
})

test('what is not committed is not visible', async (t) => {
  const clock = new SimulatedClock()
  const store = await new SimulatedStores({ random: new SeededRandom(1) }).opener({ clock, commitMs: [5, 5] })('rows')
  const writing = store.write([{ put: byte(1), value: byte(1) }])
  await clock.runFor(4)
  t.is(await store.get(byte(1)), undefined)
  await clock.runWhile(writing, 10)
  t.deepEqual(await store.get(byte(1)), byte(1))
})

test('an open store of before the crash never answers', async (t) => {
  const clock = new SimulatedClock()
  const stores = new SimulatedStores({ random: new SeededRandom(1) })
  const store = await stores.opener()('rows')
  stores.crash()
  await t.throwsAsync(clock.runWhile(store.get(byte(1)), 1_000), { message: /still waiting/ })
})

test('shares the room of its disk, and gives it back', async (t) => {
  const random = new SeededRandom(1)
  const disk = new SimulatedDisk({ random, capacityBytes: 100 })
  const store = await new SimulatedStores({ random, disk }).opener()('rows')
  await store.write([{ put: byte(1), value: new Uint8Array(59) }])
  t.is(disk.freeBytes, 40)
  await store.write([{ put: byte(1), value: new Uint8Array(29) }])
  t.is(disk.freeBytes, 70)
  await t.throwsAsync(store.write([{ put: byte(2), value: new Uint8Array(80) }]), { code: 'FULL' })
  t.is(await store.get(byte(2)), undefined)
  await store.write([{ remove: byte(1) }])
  t.is(disk.freeBytes, 100)
})

test('a wiped volume is empty', async (t) => {
  const stores = new SimulatedStores({ random: new SeededRandom(1) })
  const store = await stores.opener()('rows')
  await store.write([{ put: byte(1), value: byte(1) }])
  stores.wipe()
  t.is(await (await stores.opener()('rows')).get(byte(1)), undefined)
})
