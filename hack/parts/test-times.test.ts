import test from 'ava'
import { TestTimes } from './test-times.ts'

test('a test has the time since the one before it ended; files are told with the longest first', (t) => {
  let nowMs = 5_000
  const times = new TestTimes(() => nowMs)
  const end = (title: string, afterMs: number, isPassed = true): void => {
    nowMs += afterMs
    times.record(title, isPassed)
  }
  end('heal › a', 2_000)
  end('api › crds › b', 1_000, false)
  end('heal › c', 1_400)
  end('api › crds › d', 4_000)
  t.deepEqual(
    times.ended.map(({ title, isPassed, seconds }) => [title, isPassed, seconds]),
    [
      ['heal › a', true, 2],
      ['api › crds › b', false, 1],
      ['heal › c', true, 1],
      ['api › crds › d', true, 4],
    ],
  )
  t.deepEqual(times.byFile(), ['api/crds 5', 'heal 3'])
})
