/**
 * Writes the tables of docs/SCALE.md from test/scale/report.json, and the plots beside it. `--check`: fail when they are out of step.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { drawPlot } from '../../test/scale/plot.ts'
import { plotsOf, REPORT_FILE, TABLES, type ScaleReport } from '../../test/scale/report.ts'
import { fillIn, oneOf, writeOrCheck } from './marked.ts'

const PAGE = 'docs/SCALE.md'

const report = JSON.parse(readFileSync(REPORT_FILE, 'utf8')) as ScaleReport
const tables = Object.fromEntries(Object.entries(TABLES).map(([name, made]) => [name, () => made(report)]))
const plots = Object.entries(plotsOf(report)).map(([name, plot]) => [`docs/scale/${name}.svg`, drawPlot(plot)])
writeOrCheck({ [PAGE]: fillIn(PAGE, 'scale', oneOf(tables)), ...Object.fromEntries(plots) }, REPORT_FILE)
