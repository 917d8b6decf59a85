/**
 * Writes the tables of docs/SIMULATION.md from test/simulation/report.json. `--check`: fail when they are out of step.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { REPORT_FILE, TABLES, type SeedsReport } from '../../test/simulation/report.ts'
import { fillIn, oneOf, writeOrCheck } from './marked.ts'

const PAGE = 'docs/SIMULATION.md'

const report = JSON.parse(readFileSync(REPORT_FILE, 'utf8')) as SeedsReport
const tables = Object.fromEntries(Object.entries(TABLES).map(([name, made]) => [name, () => made(report)]))
writeOrCheck({ [PAGE]: fillIn(PAGE, 'seeds', oneOf(tables)) }, REPORT_FILE)
