/**
 * Writes the tables of docs/AUDIT-MODEL.md from test/audits/report.json. `--check`: fail when they are out of step.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { attackTable, honestTable, type AuditReport } from '../../test/audits/report.ts'
import { fillIn, oneOf, writeOrCheck } from './marked.ts'

const PAGE = 'docs/AUDIT-MODEL.md'
const REPORT = 'test/audits/report.json'

const report = JSON.parse(readFileSync(REPORT, 'utf8')) as AuditReport
const took = report.cpuSeconds === undefined ? '' : `; ${report.cpuSeconds} CPU s`
const dated = (table: string): string => `Commit ${report.commit}, ${report.date}${took}.\n\n${table}`
const tables = { attacks: () => dated(attackTable(report)), honest: () => dated(honestTable(report)) }
writeOrCheck({ [PAGE]: fillIn(PAGE, 'audits', oneOf(tables)) }, REPORT)
