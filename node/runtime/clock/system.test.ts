import test from 'ava'
import { SystemClock } from './system.ts'

const clock = new SystemClock()

test('a sleep ends, not before its time', async (t) => {
  const before = clock.elapsed()
  await clock.sleep(20)
  t.true(clock.elapsed() - before >= 19)
})

test('an aborted sleep rejects with the reason', async (t) => {
  const caller = new AbortController()
  const sleeping = clock.sleep(3_600_000, caller.signal)
  caller.abort(new Error('enough'))
  await t.throwsAsync(sleeping, { message: 'enough' })
})

test('a wait longer than the system can take does not fire at once', async (t) => {
  let hasFired = false
  const cancel = clock.after(31 * 24 * 3_600_000, () => {
    hasFired = true
  })
  await clock.sleep(30)
  cancel()
  t.false(hasFired)
})

test('a cancelled callback is never called', async (t) => {
  const cancel = clock.after(1, () => t.fail())
  cancel()
  await clock.sleep(20)
  t.pass()
})
