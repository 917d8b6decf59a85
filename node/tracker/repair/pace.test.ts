import { SimulatedClock } from '@lunarx/runtime/clock'
import test from 'ava'
import { Pace } from './pace.ts'

test('the cap holds back what comes after, urgent or not', async (t) => {
  const clock = new SimulatedClock()
  const pace = new Pace(clock, 1000)
  t.is(pace.waitMs, 0)
  pace.spend(5000)
  t.is(pace.waitMs, 5000)
  pace.spend(1000)
  t.is(pace.waitMs, 6000)
  await clock.runFor(6000)
  t.is(pace.waitMs, 0)
  await clock.runFor(60_000)
  pace.spend(1000)
  t.is(pace.waitMs, 1000)
})

test('tells when a backlog is done, at the measured rate, and only once there is one', (t) => {
  const pace = new Pace(new SimulatedClock(), 1000)
  t.is(pace.etaMs(500), null)
  t.is(pace.rebuiltBytesPerSecond, undefined)
  pace.measured(1000, 2000)
  t.is(pace.rebuiltBytesPerSecond, 500)
  t.is(pace.etaMs(0), null)
  t.is(pace.etaMs(500), 1000)
  for (let i = 0; i < 100; i++) pace.measured(1000, 500)
  const eta = pace.etaMs(500) ?? 0
  const measured = pace.rebuiltBytesPerSecond ?? 0
  t.true(measured > 1900 && measured <= 2000, `${measured}`)
  t.true(eta >= 250 && eta <= 260, `${eta}`)
})
