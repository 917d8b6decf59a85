/**
 * Writes docs/CHECKLIST.md. `--check`: fail when it is out of step, or when a line has neither a test nor a reason.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { LINES, type Line } from '../checklist/lines.ts'
import { faultsOfLine, shownOf } from '../checklist/shown.ts'

const FILE = 'docs/CHECKLIST.md'
const faults = LINES.flatMap((line) => faultsOfLine(line, (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)))
const numbers = LINES.map(({ number }) => number)
if (numbers.join() !== numbers.map((_, i) => i + 1).join()) faults.push('lines are not numbered from 1 on without a gap')
for (const fault of faults) console.error(fault)

function row({ number, claim, shownBy, missing }: Line): string {
  const files = new Map<string, string[]>()
  for (const { file, title } of shownBy.map(shownOf)) files.set(file, [...(files.get(file) ?? []), title])
  const tests = [...files].map(([file, titles]) => `[${file}](../${file}): ${titles.map((title) => `*${title.trim()}*`).join(', ')}`)
  return `| ${number} | ${claim} | ${[...tests, ...(missing ? [`**Not shown**: ${missing}.`] : [])].join('<br>')} |`
}

const sections = [...new Set(LINES.map(({ group }) => group))].map((group) => {
  const rows = LINES.filter((line) => line.group === group).map(row)
  return `## ${group}\n\n| | | shown by |\n|---|---|---|\n${rows.join('\n')}\n`
})
const page = `# What a first-class operator does

Generated from [hack/checklist/lines.ts](../hack/checklist/lines.ts) by \`npm run generate\`. Each line names the tests that show it, by file
and by (part of) their titles; \`npm run check\` fails where one is not there. Those in \`test/e2e\` run on a real cluster: \`npm run test:e2e\`.

${sections.join('\n')}`

if (process.argv.includes('--check')) {
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== page) faults.push(`${FILE} is out of step`)
} else writeFileSync(FILE, page)
if (faults.length > 0) process.exitCode = 1
