/**
 * `npm run fuzz`: the decoders of all that others send or store, against damaged input. Part of `npm test` in small.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { attack } from '../../test/fuzz/fuzz.ts'
import { TARGETS } from '../../test/fuzz/targets.ts'
import { run } from '../parts/run.ts'

const USAGE = `usage: npm run fuzz [-- [--executions N] [--seed S] [--only TEXT] [--record]]
  --executions N  of all decoders together (default 1000000; 10000000 take about ten minutes)
  --seed S        another run (default 1); the same seed gives the same run
  --only TEXT     decoders whose name contains this
  --record        write test/fuzz/report.json and test/fuzz/corpus.json`

const options = {
  executions: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string' },
  record: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

function numberOf(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise)
  return Number.isSafeInteger(value) && value > 0 ? value : refuse(`not a whole number above 0: ${text}`)
}

function refuse(why: string): never {
  console.error(`${why}\n${USAGE}`)
  return process.exit(2)
}

function given(): ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

const { only = '', record = false, help = false, ...numbers } = given()
if (help) {
  console.log(USAGE)
  process.exit()
}
const executions = numberOf(numbers.executions, 1_000_000)
const seed = numberOf(numbers.seed, 1)
const targets = TARGETS.filter(({ name }) => name.includes(only))
const each = Math.ceil(executions / Math.max(1, targets.length))
Error.stackTraceLimit = 0 // millions of refusals, and nobody looks where they come from
const startedMs = performance.now()
const attacks = targets.map((target) => {
  const done = attack(target, each, seed, () => performance.now())
  console.log(
    `${target.name.padEnd(30)} ${each} executions, ${done.taken} taken, refused in ${done.refusals} ways, ${done.findings.length} findings`,
  )
  for (const { input, error } of done.findings) console.log(`  ✘ ${error}\n    ${input}`)
  return done
})
const findings = attacks.flatMap((one) => one.findings)
const seconds = Math.round((performance.now() - startedMs) / 1000)
console.log(`${each * targets.length} executions in ${seconds} s, ${findings.length} findings (seed ${seed})`)

if (record) {
  const lines: string[] = []
  await run('git', ['log', '-1', '--format=%h %cs'], { onLine: (line) => lines.push(line) })
  const [commit = '', date = ''] = (lines[0] ?? '').split(' ')
  const report = attacks.map(({ target, executions: count, taken, refusals, findings: found }) => ({
    target,
    executions: count,
    taken,
    refusals,
    findings: found.length,
  }))
  const summary = { commit, date, seed, executions: each * targets.length, seconds, findings: findings.length, targets: report }
  writeFileSync('test/fuzz/report.json', `${JSON.stringify(summary, undefined, 2)}\n`)
  const before = JSON.parse(readFileSync('test/fuzz/corpus.json', 'utf8')) as Record<string, readonly string[]>
  const corpus = Object.fromEntries(
    attacks.map(({ target, corpus: inputs, findings: found }) => [
      target,
      [...new Set([...(before[target] ?? []), ...inputs, ...found.map(({ input }) => input)])].slice(0, 48),
    ]),
  )
  writeFileSync('test/fuzz/corpus.json', `${JSON.stringify(corpus, undefined, 2)}\n`)
}
process.exitCode = findings.length > 0 ? 1 : 0
