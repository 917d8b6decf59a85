import test from 'ava'
import { clockTime, tellTimes } from './times.ts'

test('times are told in minutes and seconds', (t) => {
  t.deepEqual([0, 59_400, 59_600, 754_000, 3_600_000].map(clockTime), ['0:00', '0:59', '1:00', '12:34', '60:00'])
})

test('each part is told with what ran beside it, the first that began first', (t) => {
  const told = tellTimes([
    { part: 'unit', beganMs: 90_000, endedMs: 400_000 },
    { part: 'check', beganMs: 0, endedMs: 90_000 },
    { part: 'lab', beganMs: 90_000, endedMs: 200_000 },
    { part: 'e2e', beganMs: 200_000, endedMs: 900_000 },
  ])
  t.deepEqual(told, [
    '  0:00 –   1:30  check',
    '  1:30 –   6:40  unit beside lab, e2e',
    '  1:30 –   3:20  lab beside unit',
    '  3:20 –  15:00  e2e beside unit',
  ])
})
