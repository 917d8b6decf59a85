/**
 * `npm run seeds`: the seeded simulation over many seeds, counted; docs/SIMULATION.md is made of it. A hundred of them are part of
 * `npm test`.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { REPORT_FILE, reportOf } from '../../test/simulation/report.ts'
import type { Tale } from '../../test/simulation/teller.ts'
import { tellAll } from '../../test/simulation/tellers.ts'
import { run } from '../parts/run.ts'
import { thisTree } from '../parts/tree.ts'

const USAGE = `usage: npm run seeds [-- [--seeds N] [--first N] [--processes N] [--record]]
  --seeds N      how many (default 1000)
  --first N      the first of them (default 0)
  --processes N  that tell them (default: one for each core)
  --record       write ${REPORT_FILE} and the tables of docs/SIMULATION.md
Full: about ninety minutes of one core. Exit status 1: something was lost, wrong, or not made whole again; SEED=N npm run test:sim replays it.`

/** A line of progress for so many seeds. */
const PROGRESS = 10

function given() {
  const natural = { seeds: '1000', first: '0', processes: String(availableParallelism()) }
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: natural.seeds },
        first: { type: 'string', default: natural.first },
        processes: { type: 'string', default: natural.processes },
        record: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    for (const name of ['seeds', 'first', 'processes'] as const)
      if (!/^\d{1,8}$/.test(values[name]) || (name !== 'first' && Number(values[name]) === 0))
        throw new Error(`--${name} is a whole number`)
    return { ...values, seeds: Number(values.seeds), first: Number(values.first), processes: Number(values.processes) }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    return process.exit(2)
  }
}

const { seeds, first, processes, record, help } = given()
if (help) {
  console.log(USAGE)
  process.exit()
}
const tree = thisTree() // as it is when they begin
const tales: Tale[] = []
await tellAll(
  Array.from({ length: seeds }, (_, at) => first + at),
  processes,
  (tale) => {
    tales.push(tale)
    if (tale.failure !== undefined) console.log(`${tale.failure}\n✘ SEED=${tale.seed}\nReplay: SEED=${tale.seed} npm run test:sim`)
    if (tales.length % PROGRESS === 0 || tales.length === seeds) console.log(`${tales.length} of ${seeds} seeds`)
  },
)
const report = reportOf(tales, tree)
console.table(report.counts)
console.log(
  `${seeds - report.failed.length} passed, ${report.failed.length} failed (${report.hours} h of their own time, ${report.cpuSeconds} CPU s)`,
)
if (record) {
  writeFileSync(REPORT_FILE, `${JSON.stringify(report, undefined, 2)}\n`)
  await run('node', ['--conditions=source', 'hack/generate/seeds.ts'])
}
process.exitCode = report.failed.length > 0 ? 1 : 0
