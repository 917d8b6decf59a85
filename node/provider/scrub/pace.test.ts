import test from 'ava'
import { isLate, pauseMs, rateOf } from './pace.ts'

const DAY = 86_400_000
const MIB = 1024 * 1024
const config = { periodMs: 14 * DAY, bytesPerSecond: MIB, maxShare: 0.25 }

/** Lets a pass run over so many bytes on a disk of this speed, a quarter of the time under load. @returns days it takes */
function daysOf(usedBytes: number, diskBytesPerSecond: number): number {
  const step = Math.max(MIB, usedBytes / 5_000)
  let [doneBytes, elapsedMs] = [0, 0]
  while (doneBytes < usedBytes) {
    const pass = { doneShare: doneBytes / usedBytes, elapsedMs }
    if (elapsedMs % DAY < DAY / 4 && !isLate(pass, config)) {
      elapsedMs += DAY / 1_000
      continue
    }
    const tookMs = (step / diskBytesPerSecond) * 1_000
    elapsedMs += tookMs + pauseMs({ bytes: step, tookMs }, rateOf(pass, usedBytes, config), config)
    doneBytes += step
  }
  return elapsedMs / DAY
}

test('a pass is done in its time, whatever is held, though it makes way for other work', (t) => {
  for (const usedBytes of [1e9, 1e11, 1e12, 1e13, 5e13]) {
    const days = daysOf(usedBytes, 200 * MIB)
    t.true(days <= 14, `${usedBytes} bytes take ${days} days`)
  }
})

test('it is no slower than its least, and no faster than its share of the time', (t) => {
  t.is(rateOf({ doneShare: 0, elapsedMs: 0 }, 1e9, config), MIB)
  t.true(rateOf({ doneShare: 0, elapsedMs: 0 }, 1e13, config) > (1e13 / (14 * DAY)) * 1_000)
  t.is(pauseMs({ bytes: MIB, tookMs: 5 }, MIB, config), 995)
  t.is(pauseMs({ bytes: MIB, tookMs: 600 }, MIB, config), 1_800)
})

test('it makes way until it is late', (t) => {
  t.false(isLate({ doneShare: 0.5, elapsedMs: 7 * DAY * 0.9 }, config))
  t.true(isLate({ doneShare: 0.5, elapsedMs: 7 * DAY * 1.1 }, config))
  t.false(isLate({ doneShare: 0, elapsedMs: 0 }, config))
})
