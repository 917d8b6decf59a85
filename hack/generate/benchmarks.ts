/**
 * Writes the tables of docs/BENCHMARKS.md from test/bench/results/*.json. `--check`: fail when they are out of step.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import type { BenchResults } from '../../test/bench/record.ts'
import { fillIn, writeOrCheck } from './marked.ts'
import { table } from './table.ts'

const FILE = 'docs/BENCHMARKS.md'
const GIB = 2 ** 30

function sectionOf({ machine, date, commit, records, figures = [] }: BenchResults): string {
  const { cpu, cores, memoryBytes, arch, kernel, node } = machine
  const where = `${cpu}, ${cores} cores, ${Math.round(Number(memoryBytes) / GIB)} GiB, ${arch}, Linux ${kernel}, Node.js ${node}`
  const when = [date?.slice(0, 10), commit && `commit ${commit}`].filter(Boolean).join(', ')
  const beside = table(
    ['case', 'what', 'unit', 'LunarX', 'peer', 'theirs', 'ratio'],
    records.map((one) => [one.case, one.metric, one.unit, one.ours, one.peer, one.theirs, one.ratio]),
  )
  const alone = table(
    ['case', 'what', 'unit', 'value'],
    figures.map((one) => [one.case, one.metric, one.unit, one.value]),
  )
  return [`${where}${when && `; ${when}`}.`, beside, ...(figures.length > 0 ? [alone] : [])].join('\n\n')
}

function resultsOf(name: string): string {
  const file = `test/bench/results/${name}.json`
  if (!existsSync(file)) return `Not measured yet: \`npm run bench -- ${name}\`.`
  return sectionOf(JSON.parse(readFileSync(file, 'utf8')) as BenchResults)
}

writeOrCheck({ [FILE]: fillIn(FILE, 'results', resultsOf) }, 'test/bench/results')
