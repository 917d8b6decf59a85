/**
 * `npm run fuzz`: the decoders of all that others send or store, against damaged input. Part of `npm test` in small.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { FuzzOrder } from '../../test/fuzz/fuzz-process.ts'
import type { Attack } from '../../test/fuzz/fuzz.ts'
import { TARGETS } from '../../test/fuzz/targets.ts'
import { run } from '../parts/run.ts'

const USAGE = `usage: npm run fuzz [-- [--executions N] [--seed S] [--only TEXT] [--processes N] [--record]]
  --executions N  of all decoders together (default 1000000; 10000000 take about ten minutes)
  --seed S        another run (default 1); the same seed gives the same run
  --only TEXT     decoders whose name contains this
  --processes N   side by side (default: as many as there are cores)
  --record        write test/fuzz/report.json and test/fuzz/corpus.json`

const options = {
  executions: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string' },
  processes: { type: 'string' },
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

/** Each target by whichever process is free; the results do not depend on it. */
async function attackAll(): Promise<Attack[]> {
  const results = new Map<string, Attack>()
  const open = targets.values()
  const one = async (): Promise<void> => {
    const child = fork(join(import.meta.dirname, '../../test/fuzz/fuzz-process.ts'))
    const failed = once(child, 'exit').then(() => Promise.reject(new Error('a process of the run ended')))
    failed.catch(() => undefined)
    for (const target of open) {
      const order: FuzzOrder = { index: TARGETS.indexOf(target), executions: each, seed }
      child.send(order)
      const [done] = (await Promise.race([once(child, 'message'), failed])) as [Attack]
      results.set(target.name, done)
      tell(done)
    }
    child.disconnect()
  }
  await Promise.all(Array.from({ length: Math.min(processes, targets.length) }, one))
  return targets.flatMap(({ name }) => results.get(name) ?? [])
}

function tell({ target, taken, refusals, findings: found }: Attack): void {
  console.log(`${target.padEnd(30)} ${each} executions, ${taken} taken, refused in ${refusals} ways, ${found.length} findings`)
  for (const { input, error } of found) console.log(`  ✘ ${error}\n    ${input}`)
}

const { only = '', record = false, help = false, ...numbers } = given()
if (help) {
  console.log(USAGE)
  process.exit()
}
const executions = numberOf(numbers.executions, 1_000_000)
const seed = numberOf(numbers.seed, 1)
const processes = numberOf(numbers.processes, availableParallelism())
const targets = TARGETS.filter(({ name }) => name.includes(only))
const each = Math.ceil(executions / Math.max(1, targets.length))
const startedMs = performance.now()
const attacks = await attackAll()
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
