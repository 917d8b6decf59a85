/**
 * What the last full run says of the tests that a checklist names, and of that run.
 *
 * @module
 */
import { basename } from 'node:path'
import type { FileRun, FullRuns } from '../parts/full-report.ts'
import type { Shown } from './shown.ts'

const dayOf = ({ started }: FileRun): string => started.slice(0, 10)
const shortOf = ({ commit, isCommitted }: FileRun): string => `\`${commit.slice(0, 10)}\`${isCommitted ? '' : ' with changes'}`
const timeOf = (seconds: number): string => (seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`)

const isOnCluster = ({ file }: Shown): boolean => file.startsWith('test/e2e/')
const testsOf = ({ file, title }: Shown, runs: FullRuns): FileRun['tests'] =>
  (runs[file]?.tests ?? []).filter((test) => test.title.includes(title))

/** One that failed is never left in a checklist. */
export const hasFailed = (shown: Shown, runs: FullRuns): boolean => testsOf(shown, runs).some(({ isPassed }) => !isPassed)

/** Of a test on a cluster that the report does not have, because it was skipped, got another title, or is new: how to run it. */
export function notRunOf(shown: Shown, runs: FullRuns): string | undefined {
  if (!isOnCluster(shown) || testsOf(shown, runs).length > 0) return undefined
  const { file, title } = shown
  return `not in the report of full runs: ${file}: ${title} (npm run test:e2e -- --full --only ${basename(file, '.test.ts')})`
}

/** `passed, 12 s`; undefined: the test runs on no cluster. */
export function resultOf(shown: Shown, runs: FullRuns): string | undefined {
  if (!isOnCluster(shown)) return undefined
  const tests = testsOf(shown, runs)
  if (tests.length === 0) return 'not run'
  const failed = tests.filter(({ isPassed }) => !isPassed).length
  const time = timeOf(tests.reduce((sum, { seconds }) => sum + seconds, 0))
  if (tests.length === 1) return `${failed === 0 ? 'passed' : '**failed**'}, ${time}`
  return failed === 0 ? `${tests.length} passed, ${time}` : `**${failed} of ${tests.length} failed**, ${time}`
}

/** How many tests of how many files, when, and of which commits. */
export function aboutRuns(runs: FullRuns): string {
  const all = Object.values(runs).toSorted((a, b) => (a.started < b.started ? -1 : 1))
  const [first, last] = [all[0], all.at(-1)]
  if (!first || !last) return 'No full run is recorded.'
  const tests = all.flatMap((run) => run.tests)
  const failed = tests.filter(({ isPassed }) => !isPassed).length
  const minutes = Math.round(tests.reduce((sum, { seconds }) => sum + seconds, 0) / 60)
  const times = dayOf(first) === dayOf(last) ? `on ${dayOf(last)}` : `from ${dayOf(first)} to ${dayOf(last)}`
  return (
    `Run in full, each file for the last time ${times}, the first of them of commit ${shortOf(first)}, the last of ${shortOf(last)}: ` +
    `${tests.length - failed} tests passed, ${failed} failed; ${minutes} minutes. The commit and the machine of each file stand in the report.`
  )
}

/** `a ×2, b`: how often each is there. */
function counted(all: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts].map(([one, count]) => (count > 1 ? `${one} ×${count}` : one)).join('; ')
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : counted(value.map(words))
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([key, one]) => `${key} ${words(one)}`)
    .join(', ')
}

/** Left to the report: errors in words. */
const NOT_SHOWN = 'told'

/** What tests of full runs measured: rows of file, figures. */
export function measuredIn(runs: FullRuns): string[] {
  return Object.entries(runs).flatMap(([file, { notes }]) =>
    notes.map((note) => {
      const shown = Object.entries(note ?? {}).filter(([what]) => what !== NOT_SHOWN)
      return `| [${file}](../${file}) | ${shown.map(([what, figure]) => `${what}: ${words(figure)}`).join('<br>')} |`
    }),
  )
}
