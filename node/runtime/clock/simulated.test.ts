import test from 'ava'
import fc from 'fast-check'
import { SimulatedClock } from './simulated.ts'

test('timers fire in the order of their times, and of their setting among equals', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ ms: fc.integer({ min: 0, max: 20 }), isCancelled: fc.boolean() }), { maxLength: 40 }),
      async (wanted) => {
        const clock = new SimulatedClock()
        const fired: number[] = []
        const cancels = wanted.map(({ ms }, i) => clock.after(ms, () => void fired.push(i)))
        wanted.forEach(({ isCancelled }, i) => isCancelled && cancels[i]?.())
        await clock.runFor(20)
        const expected = wanted.map(({ ms, isCancelled }, i) => ({ ms, isCancelled, i })).filter(({ isCancelled }) => !isCancelled)
        t.deepEqual(
          fired,
          expected.toSorted((a, b) => a.ms - b.ms || a.i - b.i).map(({ i }) => i),
        )
      },
    ),
  )
})

test('everything that a timer sets in motion happens before the next timer', async (t) => {
  const clock = new SimulatedClock()
  const seen: string[] = []
  clock.after(1, () => {
    void (async () => {
      for (let i = 0; i < 50; i++) await Promise.resolve()
      seen.push('consequence of the first')
    })()
  })
  clock.after(1, () => void seen.push('second'))
  await clock.runFor(1)
  t.deepEqual(seen, ['consequence of the first', 'second'])
})

test('time stands still unless it is run, and jumps to where it was run to', async (t) => {
  const clock = new SimulatedClock(1_000)
  t.is(clock.now(), 1_000)
  await clock.runFor(500)
  t.is(clock.now(), 1_500)
  t.is(clock.elapsed(), 500)
})

test('an aborted sleep rejects with the reason', async (t) => {
  const clock = new SimulatedClock()
  const caller = new AbortController()
  const sleeping = clock.sleep(10, caller.signal)
  clock.after(5, () => caller.abort(new Error('enough')))
  await t.throwsAsync(clock.runWhile(sleeping, 100), { message: 'enough' })
  t.is(clock.elapsed(), 5)
  await t.throwsAsync(clock.sleep(10, caller.signal), { message: 'enough' })
})

test('runUntil says whether it happened, runWhile hands on what happened', async (t) => {
  const clock = new SimulatedClock()
  t.true(await clock.runUntil(() => clock.elapsed() >= 0, 10))
  clock.after(7, () => undefined)
  t.true(await clock.runUntil(() => clock.elapsed() === 7, 10))
  t.false(await clock.runUntil(() => false, 10))
  t.is(clock.elapsed(), 17)
  t.is(
    await clock.runWhile(
      clock.sleep(3).then(() => 'done'),
      10,
    ),
    'done',
  )
  await t.throwsAsync(clock.runWhile(new Promise(() => undefined), 10), { message: /still waiting/ })
})

test('a halted machine does nothing any more, others go on', async (t) => {
  const clock = new SimulatedClock()
  const [dead, alive] = [clock.machine(), clock.machine(60_000)]
  const woken: string[] = []
  void dead.sleep(5).then(() => woken.push('dead'))
  void alive.sleep(5).then(() => woken.push('alive'))
  dead.halt()
  await clock.runFor(10)
  t.deepEqual(woken, ['alive'])
  t.is(alive.now() - clock.now(), 60_000)
  t.is(alive.elapsed(), clock.elapsed())
})
