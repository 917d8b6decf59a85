/**
 * Writes the tables of docs/AUDIT-MODEL.md from test/audits/report.json, between the marks `<!-- audits: NAME -->` and
 * `<!-- end of audits -->`. `--check`: fail when they are out of step.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { attackTable, honestTable, type AuditReport } from '../../test/audits/report.ts'

const FILE = 'docs/AUDIT-MODEL.md'
const MARKED = /(<!-- audits: ([a-z]+) -->\n)[^]*?(<!-- end of audits -->)/g

const report = JSON.parse(readFileSync('test/audits/report.json', 'utf8')) as AuditReport
const TABLES: Readonly<Record<string, (report: AuditReport) => string>> = { attacks: attackTable, honest: honestTable }

const page = readFileSync(FILE, 'utf8')
const wanted = page.replaceAll(MARKED, (_, begin: string, name: string, end: string) => {
  const made = TABLES[name]
  if (!made) throw new Error(`no table ${name}`)
  return `${begin}\nCommit ${report.commit}, ${report.date}.\n\n${made(report)}\n\n${end}`
})

if (!process.argv.includes('--check')) writeFileSync(FILE, wanted)
else if (page !== wanted) {
  console.error(`${FILE} is out of step with test/audits/report.json`)
  process.exitCode = 1
}
