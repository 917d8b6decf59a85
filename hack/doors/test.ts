/**
 * `npm test [-- PART…]`: runs the parts named (all of them, when none is) and closes with `N passed, N failed`.
 *
 * @module
 */
import { PARTS } from '../parts/parts.ts'
import { report, sum, type Tally } from '../parts/tally.ts'

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

const tallies: Tally[] = []
const summary: string[] = []
for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
  console.log(`— ${name}`)
  const started = performance.now()
  const part = PARTS[name]
  if (!part) continue
  const tally = await part({ verbose: flags.has('--verbose'), only, isFull: flags.has('--full') }).catch((error: unknown): Tally => {
    console.error(error)
    return { passed: 0, failed: 1, failures: [`${name}: ${String(error)}`], skipped: [] }
  })
  tallies.push(tally)
  summary.push(
    `${name.padEnd(12)} ${String(tally.passed).padStart(5)} passed ${String(tally.failed).padStart(3)} failed  ${((performance.now() - started) / 1000).toFixed(0)} s`,
  )
}
console.log(`—\n${summary.join('\n')}`)
const total = sum(tallies)
report(total)
process.exit(total.failed > 0 ? 1 : 0)
