import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { SimulatedClock } from './simulated.ts'
import { slicesOf } from './slices.ts'
import { SystemClock } from './system.ts'

const workFor = (ms: number): void => {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('others have their turn during long work', async (t) => {
  const giveWay = slicesOf(new SystemClock())
  const done = new AbortController()
  let turns = 0
  const others = (async () => {
    for (; !done.signal.aborted; turns++) await setImmediate()
  })()
  for (let i = 0; i < 40; i++) {
    workFor(3)
    await giveWay()
  }
  done.abort()
  await others
  t.true(turns >= 5, `${turns} turns in 120 ms`)
})

test('an abort ends it', async (t) => {
  const caller = new AbortController()
  const giveWay = slicesOf(new SystemClock(), caller.signal)
  await giveWay()
  caller.abort(new Error('enough'))
  await t.throwsAsync(giveWay(), { message: 'enough' })
})

test('in simulated time nothing waits', async (t) => {
  const giveWay = slicesOf(new SimulatedClock())
  for (let i = 0; i < 100; i++) await giveWay() // nobody runs the clock: a wait would never end
  t.pass()
})
