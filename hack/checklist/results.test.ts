import test from 'ava'
import type { FileRun, FullRuns } from '../parts/full-report.ts'
import { aboutRuns, hasFailed, measuredIn, notRunOf, resultOf } from './results.ts'

const HEAL = 'test/e2e/heal.test.ts'
const run = (change: Partial<FileRun> = {}): FileRun => ({
  commit: '0123456789abcdef',
  isCommitted: true,
  started: '2026-11-30T12:00:00.000Z',
  machine: '2 × processor, 23 GiB',
  tests: [
    { title: 'it heals at once', isPassed: true, seconds: 61 },
    { title: 'it heals later', isPassed: true, seconds: 120 },
    { title: 'it fails', isPassed: false, seconds: 2 },
  ],
  notes: [],
  ...change,
})
const runs: FullRuns = { [HEAL]: run() }

for (const [title, part, result] of [
  ['one test', 'heals at once', 'passed, 61 s'],
  ['several', 'it heals', '2 passed, 3 min'],
  ['one that failed', 'it fails', '**failed**, 2 s'],
  ['several, one of which failed', 'it ', '**1 of 3 failed**, 3 min'],
  ['none', 'it sleeps', 'not run'],
] as const)
  test(`result of ${title}`, (t) => {
    t.is(resultOf({ file: HEAL, title: part }, runs), result)
    t.is(hasFailed({ file: HEAL, title: part }, runs), result.includes('failed'))
  })

test('tests that run on no cluster have no result of a full run', (t) =>
  t.is(resultOf({ file: 'node/a.test.ts', title: 'it heals' }, runs), undefined))

test('a file that no full run had has not run', (t) =>
  t.is(resultOf({ file: 'test/e2e/new.test.ts', title: 'it is new' }, runs), 'not run'))

for (const [what, file, title, told] of [
  ['that ran', HEAL, 'it heals later', undefined],
  ['that failed', HEAL, 'it fails', undefined],
  ['that runs on no cluster', 'node/a.test.ts', 'it heals', undefined],
  ['with another title', HEAL, 'it sleeps', 'test/e2e/heal.test.ts: it sleeps (npm run test:e2e -- --full --only heal)'],
  ['of a new file', 'test/e2e/api/a-b.test.ts', 'it is new', 'test/e2e/api/a-b.test.ts: it is new (npm run test:e2e -- --full --only a-b)'],
] as const)
  test(`how to run a test ${what}`, (t) =>
    t.is(notRunOf({ file, title }, runs), told === undefined ? undefined : `not in the report of full runs: ${told}`))

for (const [what, others, told] of [
  [
    'one day',
    { 'test/e2e/a.test.ts': run({ started: '2026-11-30T11:00:00.000Z', commit: 'ffffffffffffff', isCommitted: false }) },
    'on 2026-11-30, the first of them of commit `ffffffffff` with changes, the last of `0123456789`: 4 tests passed, 2 failed; 6 minutes.',
  ],
  [
    'several days',
    { 'test/e2e/a.test.ts': run({ started: '2026-12-02T11:00:00.000Z', commit: 'eeeeeeeeeeeeee', tests: [] }) },
    'from 2026-11-30 to 2026-12-02, the first of them of commit `0123456789`, the last of `eeeeeeeeee`: 2 tests passed, 1 failed; 3 minutes.',
  ],
] as const)
  test(`days and commits of runs of ${what}`, (t) =>
    t.is(
      aboutRuns({ ...runs, ...others }),
      `Run in full, each file for the last time ${told} The commit and the machine of each file stand in the report.`,
    ))

test('without runs', (t) => t.is(aboutRuns({}), 'No full run is recorded.'))

test('what tests measured, in words', (t) =>
  t.deepEqual(
    measuredIn({
      [HEAL]: run({ notes: [{ seed: '7', done: { put: 2, get: 3 }, faults: ['a node, b', 'c', 'a node, b'], wrong: [], told: ['x'] }] }),
    }),
    [`| [${HEAL}](../${HEAL}) | seed: 7<br>done: put 2, get 3<br>faults: a node, b ×2; c<br>wrong: none |`],
  ))
