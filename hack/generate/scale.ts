/**
 * Writes the tables of docs/SCALE.md from test/scale/report.json, between the marks `<!-- scale: NAME -->` and `<!-- end of scale -->`, and
 * the plots beside it. `--check`: fail when they are out of step.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { drawPlot } from '../../test/scale/plot.ts'
import { plotsOf, REPORT_FILE, TABLES, type ScaleReport } from '../../test/scale/report.ts'

const PAGE = 'docs/SCALE.md'
const MARKED = /(<!-- scale: ([a-z]+) -->\n)[^]*?(<!-- end of scale -->)/g

const report = JSON.parse(readFileSync(REPORT_FILE, 'utf8')) as ScaleReport
const page = readFileSync(PAGE, 'utf8').replaceAll(MARKED, (_, begin: string, name: string, end: string) => {
  const made = TABLES[name]
  if (!made) throw new Error(`no table ${name}`)
  return `${begin}\n${made(report)}\n\n${end}`
})
const files: Readonly<Record<string, string>> = {
  [PAGE]: page,
  ...Object.fromEntries(Object.entries(plotsOf(report)).map(([name, plot]) => [`docs/scale/${name}.svg`, drawPlot(plot)])),
}
for (const [file, wanted] of Object.entries(files)) {
  if (!process.argv.includes('--check')) writeFileSync(file, wanted)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== wanted) {
    console.error(`${file} is out of step with ${REPORT_FILE}`)
    process.exitCode = 1
  }
}
