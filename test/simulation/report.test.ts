import test from 'ava'
import { HELD, reportOf, TABLES } from './report.ts'

const tree = { commit: 'abcdef012345', date: '2026-01-02' }
const tale = { elapsedMs: 1_800_000, cpuMs: 2_500 }

test('adds up what the seeds told, and names those that failed', (t) => {
  const report = reportOf(
    [
      { ...tale, seed: 8, counts: { 'put: done': 2, 'volume full': 1 }, failure: 'a byte is wrong' },
      { ...tale, seed: 7, counts: { 'put: done': 1_999, [HELD]: 3 } },
    ],
    tree,
  )
  t.deepEqual(report, {
    ...tree,
    firstSeed: 7,
    seeds: 2,
    failed: [8],
    hours: 1,
    cpuSeconds: 5,
    counts: { 'put: done': 2_001, [HELD]: 3, 'volume full': 1 },
  })
  t.regex(TABLES['seeds']?.(report) ?? '', /\| 7 to 8 \| 8 \| 1 \| 5 \|$/)
  t.regex(TABLES['calls']?.(report) ?? '', /^\| put \| 2,001 \| 0 \| 0 \| 0 \|$/m)
  t.is(TABLES['broken']?.(report)?.split('\n').at(-1), '| volume full | 1 |')
  t.regex(TABLES['held']?.(report) ?? '', /^3 sets /)
})
