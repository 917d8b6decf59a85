/**
 * `npm run scale`: a network of 100,000 providers and ten million sets, by the functions that decide in a real one; docs/SCALE.md is made
 * of it. Part of `npm test` in small.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { REPORT_FILE, type ScaleReport } from '../../test/scale/report.ts'
import { FULL, SMALL } from '../../test/scale/shape.ts'
import { simulate } from '../../test/scale/simulate.ts'
import { run } from '../parts/run.ts'
import { thisTree } from '../parts/tree.ts'

const USAGE = `usage: npm run scale [-- [--small] [--seed N]]
  --small   1,000 providers and 10,000 sets: to look at, recorded nowhere
  --seed N  another chance (default 1); recorded nowhere either
Full: five minutes of one core and 2 GB; writes test/scale/report.json, docs/SCALE.md and its plots.`

function given() {
  try {
    const options = {
      small: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    } as const
    const { values } = parseArgs({ options })
    if (/^\d{1,9}$/.test(values.seed)) return values
    throw new Error('--seed is a whole number')
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    return process.exit(2)
  }
}

const { small, seed, help } = given()
if (help) {
  console.log(USAGE)
  process.exit()
}
const tree = thisTree()
// memory is measured after a collection
setFlagsFromString('--expose-gc')
globalThis.gc = runInNewContext('gc') as typeof globalThis.gc
const startedMs = performance.now()
const findings = simulate({ ...(small ? SMALL : FULL), seed: Number(seed) }, console.log)
const seconds = Math.round((performance.now() - startedMs) / 1000)
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
const [peakBytes, cpuSeconds] = [maxRSS * 1024, Math.round((userCPUTime + systemCPUTime) / 1e6)]
console.table(
  findings.events.map(({ event, degradedSets, lostSets, safeMs, healedMs }) => ({ event, degradedSets, lostSets, safeMs, healedMs })),
)
console.table(findings.durability)
console.log(
  `${findings.checked.sets} sets checked, ${findings.checked.misplaced} misplaced, ${findings.checked.assessedOtherwise} assessed otherwise`,
)
if (!small && seed === '1') {
  const report: ScaleReport = { ...tree, seconds, cpuSeconds, peakBytes, findings }
  mkdirSync('docs/scale', { recursive: true })
  writeFileSync(REPORT_FILE, `${JSON.stringify(report, undefined, 2)}\n`)
  await run('node', ['--conditions=source', 'hack/generate/scale.ts'])
}
const isWrong = findings.checked.misplaced + findings.checked.assessedOtherwise > 0
console.log(
  `${findings.shape.sets} sets, ${findings.events.length} events, ${isWrong ? 'not as the rule says' : 'as the rule says'} (${seconds} s)`,
)
process.exitCode = isWrong ? 1 : 0
