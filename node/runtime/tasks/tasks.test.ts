import { LunarError } from '@lunarx/core/model'
import test from 'ava'
import { SimulatedClock } from '../clock/simulated.ts'
import { Trace } from '../log/trace.ts'
import { SeededRandom } from '../random/seeded.ts'
import { deadline } from './deadline.ts'
import { Limit } from './limit.ts'
import { retry } from './retry.ts'
import { Tasks } from './tasks.ts'

function make() {
  const clock = new SimulatedClock()
  const trace = new Trace(clock)
  return { clock, trace, random: new SeededRandom(1), tasks: new Tasks({ clock, log: trace.log('role') }) }
}

/** Listeners that are still on a signal. */
class CountedSignal {
  listeners = 0
  readonly controller = new AbortController()

  constructor() {
    const { signal } = this.controller
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.listeners--
      remove(...args)
    }
  }
}

test('a repeated task goes on after a failure, and says that it failed', async (t) => {
  const { clock, trace, tasks } = make()
  let runs = 0
  tasks.repeat(
    'count',
    () => 10,
    async () => {
      if (++runs === 2) throw new Error('the second fails')
    },
  )
  await clock.runFor(35)
  t.is(runs, 4)
  t.true(trace.tail().some((line) => line.includes('task failed') && line.includes('the second fails')))
  await clock.runWhile(Promise.resolve(tasks[Symbol.asyncDispose]()), 10)
  await clock.runFor(100)
  t.is(runs, 4)
})

test('disposal aborts what runs, waits for it, and starts nothing any more', async (t) => {
  const { clock, trace, tasks } = make()
  let isDone = false
  tasks.run('slow', async (signal) => {
    await clock.sleep(1_000, signal).catch(() => undefined)
    await clock.sleep(5)
    isDone = true
  })
  await clock.runFor(1)
  await clock.runWhile(Promise.resolve(tasks[Symbol.asyncDispose]()), 10)
  t.true(isDone)
  tasks.run('late', async () => t.fail())
  await clock.runFor(10)
  t.is(trace.total, 0)
})

test('a task that throws at once is logged, not thrown at its owner', async (t) => {
  const { clock, trace, tasks } = make()
  tasks.run('bad', () => {
    throw new Error('at once')
  })
  await clock.runFor(0)
  t.true(trace.tail()[0]?.includes('at once'))
})

test('retry stops at success, at what is not worth it, and at its last attempt', async (t) => {
  const { clock, random } = make()
  const options = { clock, random, attempts: 4, firstPauseMs: 100, maxPauseMs: 250 }
  const failing = (times: number, error: Error) => {
    let tries = 0
    const work = async () => {
      if (++tries <= times) throw error
      return tries
    }
    return { work, tries: () => tries }
  }
  t.is(await clock.runWhile(retry(failing(2, new LunarError('TIMEOUT', '')).work, options), 10_000), 3)
  const hopeless = failing(9, new LunarError('UNAUTHORIZED', ''))
  await t.throwsAsync(clock.runWhile(retry(hopeless.work, options), 10_000), { code: 'UNAUTHORIZED' })
  t.is(hopeless.tries(), 1)
  const startedMs = clock.elapsed()
  const stubborn = failing(9, new LunarError('TIMEOUT', ''))
  await t.throwsAsync(clock.runWhile(retry(stubborn.work, options), 10_000), { code: 'TIMEOUT' })
  t.is(stubborn.tries(), 4)
  const tookMs = clock.elapsed() - startedMs
  t.true(tookMs >= (100 + 200 + 250) / 2 && tookMs <= 100 + 200 + 250, String(tookMs))
})

test('an abort ends a retry in its pause', async (t) => {
  const { clock, random } = make()
  const caller = new CountedSignal()
  const { signal } = caller.controller
  const work = async (): Promise<never> => {
    throw new LunarError('TIMEOUT', '')
  }
  const retrying = retry(work, { clock, random, attempts: 9, firstPauseMs: 1_000, maxPauseMs: 1_000, signal })
  clock.after(100, () => caller.controller.abort(new Error('enough')))
  await t.throwsAsync(clock.runWhile(retrying, 10_000), { message: 'enough' })
  t.is(clock.elapsed(), 100)
})

test('a limit runs so many at a time, in order, and refuses beyond its queue', async (t) => {
  const { clock } = make()
  const limit = new Limit({ concurrent: 2, queued: 3 })
  const started: number[] = []
  let most = 0
  const runs = Array.from({ length: 6 }, (_, i) =>
    limit.run(async () => {
      started.push(i)
      most = Math.max(most, limit.running)
      await clock.sleep(10)
    }),
  )
  const [results] = [await clock.runWhile(Promise.allSettled(runs), 1_000)]
  t.deepEqual(started, [0, 1, 2, 3, 4])
  t.is(most, 2)
  const last = results[5]
  t.true(last?.status === 'rejected' && last.reason.code === 'TOO_MANY_REQUESTS')
  t.is(limit.running, 0)
})

test('a failure gives its place back, and who is aborted while waiting leaves the queue', async (t) => {
  const { clock } = make()
  const limit = new Limit({ concurrent: 1, queued: 5 })
  const caller = new CountedSignal()
  const failing = limit.run(async () => {
    await clock.sleep(10)
    throw new Error('failed')
  })
  const waiting = limit.run(async () => 'ran', caller.controller.signal)
  const aborted = new AbortController()
  const leaving = limit.run(async () => t.fail(), aborted.signal)
  aborted.abort(new Error('enough'))
  await t.throwsAsync(clock.runWhile(failing, 100), { message: 'failed' })
  t.is(await clock.runWhile(waiting, 100), 'ran')
  await t.throwsAsync(leaving, { message: 'enough' })
  t.is(limit.running + limit.waiting + caller.listeners, 0)
})

test('a deadline aborts after its time, or with the outer signal, and leaves nothing behind', async (t) => {
  const { clock } = make()
  const outer = new CountedSignal()
  const passed = deadline(clock, 10, outer.controller.signal)
  const disposed = deadline(clock, 10, outer.controller.signal)
  disposed[Symbol.dispose]()
  await clock.runFor(20)
  t.true(passed.signal.aborted)
  t.is(passed.signal.reason.code, 'TIMEOUT')
  t.false(disposed.signal.aborted)
  t.is(outer.listeners, 0)
  const linked = deadline(clock, 10, outer.controller.signal)
  outer.controller.abort(new Error('enough'))
  t.is(linked.signal.reason.message, 'enough')
  t.is(deadline(clock, 10, outer.controller.signal).signal.reason.message, 'enough')
})
