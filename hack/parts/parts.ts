/**
 * The parts of `npm test`, each of which is also a command of its own: name → how it runs.
 *
 * @module
 */
import { STEPS } from '../check/steps.ts'
import { runAva } from './ava.ts'
import { runE2e } from './e2e.ts'
import { runLab } from './lab.ts'
import { runPlanted } from './planted.ts'
import type { Tally } from './tally.ts'

export interface PartOptions {
  readonly verbose: boolean
  /** Only test files whose path contains this. */
  readonly only: string | undefined
  /** The long forms too, with a report. Of e2e alone. */
  readonly isFull: boolean
}

async function runCheck(): Promise<Tally> {
  const failures: string[] = []
  for (const step of STEPS) {
    const outcome = await step.run()
    console.log(`  ${outcome.ok ? '✔' : '✘'} ${step.name}${outcome.ok ? ` ${outcome.lines.filter(Boolean).at(-1) ?? ''}` : ''}`)
    if (!outcome.ok) {
      for (const line of outcome.lines) console.log(`    ${line}`)
      failures.push(step.name)
    }
  }
  return { passed: STEPS.length - failures.length, failed: failures.length, failures, skipped: [] }
}

const files = (globs: readonly string[], { only }: PartOptions): string[] =>
  globs.map((glob) => (only ? glob.replace('*.test.ts', `*${only}*.test.ts`) : glob))

export const PARTS: Readonly<Record<string, (options: PartOptions) => Promise<Tally>>> = {
  check: runCheck,
  unit: (o) => runAva(files(['node/**/*.test.ts', 'operator/**/*.test.ts', 'config/**/*.test.ts', 'hack/**/*.test.ts'], o), o),
  conformance: (o) =>
    runAva(
      files(
        [
          'test/conformance/**/*.test.ts',
          'test/vectors/**/*.test.ts',
          'test/fuzz/**/*.test.ts',
          'test/audits/**/*.test.ts',
          'test/scale/**/*.test.ts',
        ],
        o,
      ),
      o,
    ),
  sim: (o) => runAva(files(['test/simulation/**/*.test.ts'], o), { ...o, timeout: '30m' }),
  interop: (o) => runAva(files(['test/interop/**/*.test.ts'], o), o),
  planted: runPlanted,
  lab: runLab,
  e2e: runE2e,
}
