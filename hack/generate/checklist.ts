/**
 * Writes docs/CHECKLIST.md. `--check`: fail when it is out of step, when a line has neither a test nor a reason, or when a test of one
 * failed in the last full run, or was in none: it was skipped, or got another title.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { LINES, type Line } from '../checklist/lines.ts'
import { aboutRuns, hasFailed, measuredIn, notRunOf, resultOf } from '../checklist/results.ts'
import { faultsOfLine, shownOf } from '../checklist/shown.ts'
import { FULL_REPORT, readFullReport } from '../parts/full-report.ts'

const FILE = 'docs/CHECKLIST.md'
const runs = readFullReport()
const faults = LINES.flatMap((line) => faultsOfLine(line, (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)))
const numbers = LINES.map(({ number }) => number)
if (numbers.join() !== numbers.map((_, i) => i + 1).join()) faults.push('lines are not numbered from 1 on without a gap')
for (const { number, shownBy } of LINES)
  for (const shown of shownBy.map(shownOf)) {
    if (hasFailed(shown, runs)) faults.push(`line ${number}: failed in the last full run: ${shown.file}: ${shown.title}`)
    const notRun = notRunOf(shown, runs)
    if (notRun !== undefined) faults.push(`line ${number}: ${notRun}`)
  }
for (const fault of faults) console.error(fault)

function row({ number, claim, shownBy, missing, short }: Line): string {
  const files = new Map<string, string[]>()
  for (const shown of shownBy.map(shownOf)) {
    const result = resultOf(shown, runs)
    const told = `*${shown.title.trim()}*${result === undefined ? '' : ` (${result})`}`
    files.set(shown.file, [...(files.get(shown.file) ?? []), told])
  }
  const tests = [...files].map(([file, titles]) => `[${file}](../${file}): ${titles.join(', ')}`)
  const less = [...(missing ? [`**Not shown**: ${missing}.`] : []), ...(short ? [`In the default run: ${short}.`] : [])]
  return `| ${number} | ${claim} | ${[...tests, ...less].join('<br>')} |`
}

const sections = [...new Set(LINES.map(({ group }) => group))].map((group) => {
  const rows = LINES.filter((line) => line.group === group).map(row)
  return `## ${group}\n\n| | | shown by |\n|---|---|---|\n${rows.join('\n')}\n`
})
const rows = measuredIn(runs)
const measured = rows.length === 0 ? '' : `\n## What these tests measured\n\n| | |\n|---|---|\n${rows.join('\n')}\n`
const page = `# What a first-class operator does

Generated from [hack/checklist/lines.ts](../hack/checklist/lines.ts) and the report of the last full run by \`npm run generate\`. Each line names
the tests that show it, by file and by (part of) their titles; \`npm run check\` fails where one is not there, or has not run in full on a
cluster. Those in \`test/e2e\` run on a real cluster: \`npm run test:e2e\`; what takes long, such as an hour of chaos, is done for short or
not at all there, and in full by \`npm run test:e2e -- --full\`. In brackets is what the last full run says of a test. All others run without
a cluster: \`npm test\`.

${aboutRuns(runs)} The report, with what its tests measured: [${FULL_REPORT}](../${FULL_REPORT}).

${sections.join('\n')}${measured}`

if (process.argv.includes('--check')) {
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== page) faults.push(`${FILE} is out of step`)
} else writeFileSync(FILE, page)
if (faults.length > 0) process.exitCode = 1
