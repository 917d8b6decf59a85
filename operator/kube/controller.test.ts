import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { Controller, type Reconcile } from './controller.ts'
import { KubeMetrics } from './metrics.ts'

function make(reconcile: Reconcile) {
  const clock = new SimulatedClock()
  const metrics = new KubeMetrics()
  const deps = { clock, metrics, random: new SeededRandom(1), log: new Trace(clock).log('test') }
  return { clock, metrics, controller: new Controller('test', reconcile, deps) }
}

test('a failure is tried again until it succeeds, and counted', async (t) => {
  let attempts = 0
  const { clock, metrics, controller } = make(() => (++attempts < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve({})))
  const stop = new AbortController()
  const running = controller.run(stop.signal)
  controller.queue.add('a')
  t.true(await clock.runUntil(() => attempts === 3, 10_000))
  await clock.runFor(120_000)
  t.is(attempts, 3)
  stop.abort()
  await running
  t.regex(await metrics.text(), /controller_runtime_reconcile_total\{controller="test",result="error"\} 2/)
  t.regex(await metrics.text(), /controller_runtime_reconcile_total\{controller="test",result="success"\} 1/)
})

test('it looks again when the outcome says so', async (t) => {
  let attempts = 0
  const { clock, controller } = make(() => Promise.resolve({ requeueAfterMs: ++attempts < 4 ? 1_000 : undefined }))
  const stop = new AbortController()
  const running = controller.run(stop.signal)
  controller.queue.add('a')
  await clock.runFor(60_000)
  t.is(attempts, 4)
  stop.abort()
  await running
})

test('one key is never reconciled by two workers at once, several keys are', async (t) => {
  const inHand = new Set<string>()
  let most = 0
  const { clock, controller } = make(async (key) => {
    t.false(inHand.has(key))
    inHand.add(key)
    most = Math.max(most, inHand.size)
    await clock.sleep(100)
    inHand.delete(key)
    return {}
  })
  const stop = new AbortController()
  const running = controller.run(stop.signal)
  for (let round = 0; round < 5; round++) {
    for (const key of ['a', 'b', 'c']) controller.queue.add(key)
    await clock.runFor(30)
  }
  await clock.runFor(1_000)
  t.is(most, 3)
  stop.abort()
  await running
})
