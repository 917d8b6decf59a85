/**
 * Writes the dashboards of the chart. `--check`: fail when one is out of step.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dashboardJson } from '../observe/dashboard.ts'
import { DASHBOARDS } from '../observe/dashboards.ts'

for (const dashboard of DASHBOARDS) {
  const file = `charts/lunarx-operator/files/dashboards/${dashboard.uid}.json`
  const json = dashboardJson(dashboard)
  if (!process.argv.includes('--check')) writeFileSync(file, json)
  else if (readFileSync(file, 'utf8') !== json) {
    console.error(`${file} is out of step`)
    process.exitCode = 1
  }
}
