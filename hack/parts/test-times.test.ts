import test from 'ava'
import { TestTimes } from './test-times.ts'

test('a test has its file and the time since the one before it ended; files are told with the longest first', (t) => {
  let nowMs = 5_000
  const times = new TestTimes(['test/e2e/heal.test.ts', 'test/e2e/crds.test.ts', 'test/e2e/api/crds.test.ts'], () => nowMs)
  const end = (title: string, afterMs: number, isPassed = true): void => {
    nowMs += afterMs
    times.record(title, isPassed)
  }
  end('heal › a', 2_000)
  end('api › crds › b', 1_000, false)
  end('crds › c', 1_400)
  end('api › crds › d', 4_000)
  t.deepEqual(times.ended, [
    { file: 'test/e2e/heal.test.ts', title: 'a', isPassed: true, seconds: 2 },
    { file: 'test/e2e/api/crds.test.ts', title: 'b', isPassed: false, seconds: 1 },
    { file: 'test/e2e/crds.test.ts', title: 'c', isPassed: true, seconds: 1 },
    { file: 'test/e2e/api/crds.test.ts', title: 'd', isPassed: true, seconds: 4 },
  ])
  t.deepEqual(times.byFile(), ['test/e2e/api/crds.test.ts 5', 'test/e2e/heal.test.ts 2', 'test/e2e/crds.test.ts 1'])
  t.throws(() => end('drain › e', 1), { message: 'a test of no file that runs: drain › e' })
})

test('where one file runs, titles have no name of a file before them', (t) => {
  const times = new TestTimes(['test/e2e/heal.test.ts'])
  times.record('a › b', true)
  t.like(times.ended[0], { file: 'test/e2e/heal.test.ts', title: 'a › b' })
})
