/**
 * The report of a full run of the end-to-end tests: what was run, on which commit, for how long, and what the tests measured. Written to
 * test/e2e/results/full.json; commit it to keep it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { Tally } from './tally.ts'
import type { EndedTest } from './test-times.ts'

const FILE = 'test/e2e/results/full.json'
/** What takes long: done for short, or not at all, in the default run. */
const LONG = {
  LUNARX_IDLE_SECONDS: '600',
  LUNARX_API_AWAY_SECONDS: '120',
  LUNARX_OPERATOR_AWAY_SECONDS: '600',
  LUNARX_CHAOS_SECONDS: '3600',
  LUNARX_UPGRADE: '1',
  LUNARX_TRACKERS: '1',
  LUNARX_REVOKE: '1',
  LUNARX_PLUGIN: '1',
  LUNARX_ROTATE: '1',
  LUNARX_FULL_VOLUME: '1',
}

const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()

/** One JSON value a line, as tests append them. */
export const notesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown)

export class FullReport {
  readonly #startedMs = Date.now()
  readonly #folder = mkdtempSync(join(tmpdir(), 'lunarx-full-'))

  /** For the tests: they append what they measured to the file LUNARX_E2E_NOTES, one JSON value a line. */
  get environment(): NodeJS.ProcessEnv {
    return { ...LONG, ...process.env, LUNARX_E2E_NOTES: join(this.#folder, 'notes') }
  }

  /** @returns the path */
  write({ passed, failed, failures, skipped }: Tally, tests: readonly EndedTest[], file = FILE): string {
    const notes = join(this.#folder, 'notes')
    const report = {
      commit: git('rev-parse', 'HEAD'),
      isCommitted: git('status', '--porcelain') === '',
      started: new Date(this.#startedMs).toISOString(),
      seconds: Math.round((Date.now() - this.#startedMs) / 1000),
      machine: { processors: cpus().length, model: cpus()[0]?.model ?? '', memoryBytes: totalmem() },
      passed,
      failed,
      failures,
      skipped,
      notes: existsSync(notes) ? notesOf(readFileSync(notes, 'utf8')) : [],
      tests,
    }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
    rmSync(this.#folder, { recursive: true })
    return file
  }
}
