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

test('commit and date of the run that most files are of; the others are named', (t) => {
  const others = {
    'test/e2e/a.test.ts': run(),
    'test/e2e/b.test.ts': run({ started: '2026-12-01T12:00:00.000Z', commit: 'ffffffffffffff', isCommitted: false }),
  }
  t.is(
    aboutRuns({ ...runs, ...others }),
    'Of the last full run, of commit `0123456789` on 2026-11-30 on 2 × processor, 23 GiB, stand here 6 minutes of tests: 4 passed, 2 failed. ' +
      'Run again since, and not counted here: `test/e2e/b.test.ts` (`ffffffffff` with changes, 2026-12-01).',
  )
  t.is(aboutRuns({}), 'No full run is recorded.')
})

test('what tests measured, in words', (t) =>
  t.deepEqual(
    measuredIn({
      [HEAL]: run({ notes: [{ seed: '7', done: { put: 2, get: 3 }, faults: ['a node, b', 'c', 'a node, b'], wrong: [], told: ['x'] }] }),
    }),
    [`| [${HEAL}](../${HEAL}) | seed: 7<br>done: put 2, get 3<br>faults: a node, b ×2; c<br>wrong: none |`],
  ))
