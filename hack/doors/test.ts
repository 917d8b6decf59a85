/**
 * `npm test [-- PART…]`: runs the parts named (all of them, when none is) and closes with `N passed, N failed`. All of them run in lanes
 * side by side, where the machine has processors to spare; some of them, and those of a full run, one after another.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { inLanes, inOrder } from '../parts/lanes.ts'
import { PARTS } from '../parts/parts.ts'
import { runStages } from '../parts/stages.ts'
import { report, sum } from '../parts/tally.ts'
import { tellTimes } from '../parts/times.ts'

const USAGE = `usage: npm test [-- [PART…] [--verbose] [--only TEXT] [--full]]
parts: ${Object.keys(PARTS).join(', ')}
  --verbose    print every test
  --only TEXT  only test files with TEXT in their name; an empty one: all
  --full       of e2e: the long forms as well (hours), and a report, whose path is printed at the end`

const args = process.argv.slice(2)
if (args.includes('--help')) {
  console.log(USAGE)
  process.exit(0)
}
const flags = new Set(args.filter((arg) => arg.startsWith('--')))
const onlyAt = args.indexOf('--only')
const text = onlyAt >= 0 ? args[onlyAt + 1] : undefined
const only = text === '' ? undefined : text
const names = args.filter((arg, i) => !arg.startsWith('--') && (onlyAt < 0 || i !== onlyAt + 1))
const unknown = [
  ...names.filter((name) => !(name in PARTS)),
  ...[...flags].filter((flag) => !['--verbose', '--only', '--full'].includes(flag)),
]
if (unknown.length > 0 || (onlyAt >= 0 && text === undefined)) {
  console.error(`${unknown.length > 0 ? `unknown: ${unknown.join(' ')}` : '--only needs a text'}\n${USAGE}`)
  process.exit(2)
}

/** With two, the end-to-end tests leave the others next to nothing: servers do not answer in time, and all of it takes no less. */
const MIN_PROCESSORS_FOR_LANES = 4

const parts = Object.keys(PARTS)
// A full run is a report with times in it.
const isWhole = names.length === 0 && !flags.has('--full') && availableParallelism() >= MIN_PROCESSORS_FOR_LANES
const stages = isWhole ? inLanes(parts) : inOrder(names.length > 0 ? names : parts)
console.log(`began ${new Date().toISOString()}`)
const ran = await runStages(stages, { verbose: flags.has('--verbose'), only, isFull: flags.has('--full') })
const inTable = ran.toSorted((a, b) => parts.indexOf(a.part) - parts.indexOf(b.part))
console.log(`—\n${tellTimes(ran).join('\n')}\n—`)
for (const { part, tally, beganMs, endedMs } of inTable)
  console.log(
    `${part.padEnd(12)} ${String(tally.passed).padStart(5)} passed ${String(tally.failed).padStart(3)} failed  ${((endedMs - beganMs) / 1000).toFixed(0)} s`,
  )
const total = sum(inTable.map(({ tally }) => tally))
report(total)
process.exit(total.failed > 0 ? 1 : 0)
