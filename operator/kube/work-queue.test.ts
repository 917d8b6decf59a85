import { SimulatedClock } from '@lunarx/runtime/clock'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { KubeMetrics } from './metrics.ts'
import { WorkQueue } from './work-queue.ts'

function make() {
  const clock = new SimulatedClock()
  const metrics = new KubeMetrics()
  const queue = new WorkQueue('test', { clock, random: new SeededRandom(1), metrics })
  return { clock, metrics, queue }
}

test('a key that waits is not added twice', async (t) => {
  const { queue } = make()
  queue.add('a')
  queue.add('a')
  queue.add('b')
  t.is(queue.depth, 2)
  t.is(await queue.take(), 'a')
  t.is(await queue.take(), 'b')
  t.is(queue.depth, 0)
})

test('a key in hand is not handed out again before it is done, and then once', async (t) => {
  const { queue } = make()
  queue.add('a')
  t.is(await queue.take(), 'a')
  queue.add('a')
  queue.add('a')
  t.is(queue.depth, 0)
  queue.done('a')
  t.is(queue.depth, 1)
  t.is(await queue.take(), 'a')
  queue.done('a')
  t.is(queue.depth, 0)
})

test('of several pauses the shortest holds, and adding at once ends the pause', async (t) => {
  const { clock, queue } = make()
  queue.addAfter('a', 10_000)
  queue.addAfter('a', 1_000)
  queue.addAfter('a', 5_000)
  await clock.runFor(1_001)
  t.is(queue.depth, 1)
  t.is(await queue.take(), 'a')
  queue.done('a')
  await clock.runFor(60_000)
  t.is(queue.depth, 0)
  queue.addAfter('b', 1_000)
  queue.add('b')
  t.is(await queue.take(), 'b')
  queue.done('b')
  await clock.runFor(2_000)
  t.is(queue.depth, 0)
})

test('pauses grow with failures in a row, up to a minute, and start anew after a success', async (t) => {
  const { clock, queue } = make()
  const pauses: number[] = []
  for (let i = 0; i < 14; i++) {
    const fromMs = clock.elapsed()
    queue.retry('a')
    t.true(await clock.runUntil(() => queue.depth === 1, 100_000))
    pauses.push(clock.elapsed() - fromMs)
    queue.done((await queue.take()) ?? '')
  }
  t.true((pauses[0] ?? 0) <= 250)
  t.true((pauses[5] ?? 0) > 4 * (pauses[1] ?? 0))
  t.true(pauses.every((pause) => pause <= 60_001))
  t.true((pauses[13] ?? 0) >= 30_000)
  queue.forget('a')
  queue.retry('a')
  await clock.runFor(251)
  t.is(queue.depth, 1)
})

test('closing wakes those who wait and forgets what was to come', async (t) => {
  const { clock, queue } = make()
  const waiting = queue.take()
  queue.addAfter('a', 1_000)
  queue[Symbol.dispose]()
  t.is(await waiting, undefined)
  await clock.runFor(2_000)
  t.is(await queue.take(), undefined)
})

test('how long keys wait and are in hand is measured, under controller-runtime’s labels', async (t) => {
  const { clock, metrics, queue } = make()
  queue.add('a')
  await clock.runFor(2_000)
  await queue.take()
  await clock.runFor(3_000)
  queue.done('a')
  const text = await metrics.text()
  for (const line of [
    'workqueue_queue_duration_seconds_sum{name="test",controller="test"} 2',
    'workqueue_work_duration_seconds_sum{name="test",controller="test"} 3',
    'workqueue_adds_total{name="test",controller="test"} 1',
    'workqueue_depth{name="test",controller="test"} 0',
  ])
    t.true(text.includes(line), line)
})
