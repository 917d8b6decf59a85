import { SimulatedClock } from '@lunarx/runtime/clock'
import test from 'ava'
import fc from 'fast-check'
import { fastest } from './fastest.ts'

const never = new AbortController().signal
const LATE_MS = 50

/** Candidates that take so long, or fail after so long (negative). */
function race(takes: readonly number[], need: number, signal = never) {
  const clock = new SimulatedClock()
  const started: number[] = []
  const cut: number[] = []
  const work = fastest(
    takes.map((_, index) => index),
    need,
    async (index, stop) => {
      started.push(index)
      stop.addEventListener('abort', () => cut.push(index), { once: true })
      const ms = takes[index] ?? 0
      await clock.sleep(Math.abs(ms), stop)
      return ms < 0 ? undefined : index
    },
    { clock, lateMs: () => LATE_MS },
    signal,
  )
  return { clock, started, cut, work }
}

test('no more are asked than are needed while all are in time', async (t) => {
  const { clock, started, work } = race([10, 20, 30, 1, 1], 3)
  const { won, laggards } = await clock.runWhile(work, 1_000)
  t.deepEqual([...won.keys()], [0, 1, 2])
  t.deepEqual(started, [0, 1, 2])
  t.deepEqual(laggards, [])
})

test('one more is asked at once for each that fails, and after the delay for each that is late; late ones are cut when others won', async (t) => {
  const { clock, started, work } = race([10, -5, 1e6, 20, 30], 3)
  const since = clock.elapsed()
  const { won, laggards } = await clock.runWhile(work, 1_000)
  t.deepEqual(started, [0, 1, 2, 3, 4])
  t.deepEqual([...won.keys()], [0, 3, 4])
  t.deepEqual(laggards, [2])
  t.true(clock.elapsed() - since < LATE_MS + 40)
})

test('one that was late and is first after all counts', async (t) => {
  const { clock, work } = race([LATE_MS + 10, 1e6], 1)
  const { won } = await clock.runWhile(work, 1_000)
  t.deepEqual([...won.keys()], [0])
})

test('an abort ends it at once, with its reason; so does what an attempt throws', async (t) => {
  const stop = new AbortController()
  const aborted = race([1e6, 1e6], 1, stop.signal)
  const work = aborted.work.catch((error: unknown) => error)
  stop.abort(new Error('enough'))
  t.like(await aborted.clock.runWhile(work, 10), { message: 'enough' })
  t.deepEqual(aborted.cut, [0])
  const clock = new SimulatedClock()
  const failing = fastest([0, 1], 2, async () => Promise.reject(new Error('defect')), { clock, lateMs: () => 1 }, never)
  await t.throwsAsync(clock.runWhile(failing, 10), { message: 'defect' })
})

test('it gives the needed number whenever enough succeed, asks nobody twice, and never waits for those that are not needed', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -40, max: -1 }), fc.constant(1e7)), {
        minLength: 1,
        maxLength: 14,
      }),
      fc.integer({ min: 1, max: 10 }),
      async (takes, need) => {
        const { clock, started, work } = race(takes, need)
        const since = clock.elapsed()
        const { won } = await clock.runWhile(work, 1e8)
        const good = takes.filter((ms) => ms > 0 && ms < 1e7).length
        t.is(new Set(started).size, started.length)
        if (good >= need) {
          t.is(won.size, need)
          t.true(clock.elapsed() - since <= takes.length * LATE_MS + 40 * takes.length)
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('it does not look again and again at one that a rounding of the clock leaves just short of late', async (t) => {
  for (let i = 0; i < 200; i++) {
    const clock = new SimulatedClock()
    await clock.runWhile(clock.sleep(1_000 / 3 + i / 7), 2_000)
    let looks = 0
    const lateMs = (): number => {
      if (++looks > 100) throw new Error('time stands still')
      return 100.1 + i / 11
    }
    const attempt = async (index: number, stop: AbortSignal): Promise<number> => {
      await clock.sleep(index === 0 ? 1e6 : 10, stop)
      return index
    }
    const { won } = await clock.runWhile(fastest([0, 1], 1, attempt, { clock, lateMs }, never), 2_000)
    t.deepEqual([...won.keys()], [1])
  }
})
