/**
 * `npm run audits`: every attack on audits over seeds beside its formula, and a million audits of honest providers in bad weather. Part of
 * `npm test` in small.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { FULL, playAttacks, SMALL } from '../../test/audits/attacks.ts'
import { auditHonest } from '../../test/audits/honest.ts'
import { isAsExpected } from '../../test/audits/measure.ts'
import type { AuditReport } from '../../test/audits/report.ts'
import { run } from '../parts/run.ts'
import { thisTree } from '../parts/tree.ts'

const USAGE = `usage: npm run audits [-- [--quick] [--audits N] [--record]]
  --quick     few trials
  --audits N  of honest providers (default 1000000)
  --record    write test/audits/report.json and the tables of docs/AUDIT-MODEL.md
Full: about seven minutes of one core. Exit status 1: something was not found as the formula says, or somebody honest was punished.`

function given() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        audits: { type: 'string', default: '1000000' },
        record: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (/^[1-9]\d{0,8}$/.test(values.audits)) return values
    throw new Error('--audits is a whole number from 1')
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    return process.exit(2)
  }
}

const { quick, audits, record, help } = given()
if (help) {
  console.log(USAGE)
  process.exit()
}
const tree = thisTree()
const startedMs = performance.now()
const attacks = await playAttacks(quick ? SMALL : FULL, console.log)
const [honest, withoutContainment] = [true, false].map((isContaining) => auditHonest({ audits: Number(audits), seed: 1, isContaining }))
if (!honest || !withoutContainment) throw new Error('two runs')
console.table({ honest, withoutContainment })

const wrong = attacks.filter((attack) => !isAsExpected(attack)).map(({ attack }) => `not as the formula says: ${attack}`)
if (honest.punished > 0) wrong.push(`${honest.punished} honest providers were punished`)
if (withoutContainment.punished === 0) wrong.push('nobody was punished without containment: the run can show nothing')
for (const line of wrong) console.log(`✘ ${line}`)
for (const [weather, times] of Object.entries({ ...honest.spells, drained: honest.retired, 'no beacon': honest.withoutBeacon }))
  if (times === 0 && !quick) wrong.push(`honest providers met with no ${weather}: the run can show nothing of it`)
const seconds = Math.round((performance.now() - startedMs) / 1000)
const { userCPUTime, systemCPUTime } = process.resourceUsage()
const cpuSeconds = Math.round((userCPUTime + systemCPUTime) / 1e6)
console.log(
  `${attacks.length} attacks, ${honest.audits} audits of honest providers, ${wrong.length} findings (${cpuSeconds} CPU s, ${seconds} s by the wall)`,
)

if (record) {
  const report: AuditReport = { ...tree, seconds, cpuSeconds, attacks, honest, withoutContainment }
  writeFileSync('test/audits/report.json', `${JSON.stringify(report, undefined, 2)}\n`)
  await run('node', ['--conditions=source', 'hack/generate/audits.ts'])
}
process.exitCode = wrong.length > 0 ? 1 : 0
