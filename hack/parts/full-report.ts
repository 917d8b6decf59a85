/**
 * The report of full runs of the end-to-end tests: of each file, on which commit it ran last and when, for how long, and what its tests
 * measured. Written to test/e2e/results/full.json after each test, so that a run of hours that is cut keeps what it has; commit it to keep it.
 * A run of some files alone replaces what the report has of those. What it has of files that are gone goes.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { EndedTest } from './test-times.ts'

export const FULL_REPORT = 'test/e2e/results/full.json'
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

const fileRun = z.strictObject({
  commit: z.string(),
  /** False: the tree had changes that no commit has. */
  isCommitted: z.boolean(),
  /** When the run began that this file was part of. ISO 8601. */
  started: z.iso.datetime(),
  machine: z.string(),
  tests: z.array(z.strictObject({ title: z.string(), isPassed: z.boolean(), seconds: z.number() })),
  /** What its tests measured. */
  notes: z.array(z.unknown()),
})
const fullRuns = z.record(z.string(), fileRun)

export type FileRun = z.infer<typeof fileRun>
/** By path from the root of the tree. */
export type FullRuns = z.infer<typeof fullRuns>

/** As `noteInReport` of the tests writes them, one a line. */
const note = z.strictObject({ file: z.string(), measured: z.unknown() })

const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()

/** Nothing where no full run is recorded. @throws {z.ZodError} the file is none of ours */
export const readFullReport = (file = FULL_REPORT): FullRuns =>
  existsSync(file) ? fullRuns.parse(JSON.parse(readFileSync(file, 'utf8'))) : {}

export class FullReport {
  readonly #about = {
    commit: git('rev-parse', 'HEAD'),
    isCommitted: git('status', '--porcelain', '--', `:!${FULL_REPORT}`) === '',
    started: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  }
  readonly #folder = mkdtempSync(join(tmpdir(), 'lunarx-full-'))

  /** For the tests: they append what they measured to the file LUNARX_E2E_NOTES, one JSON value a line. */
  get environment(): NodeJS.ProcessEnv {
    return { ...LONG, ...process.env, LUNARX_E2E_NOTES: join(this.#folder, 'notes') }
  }

  /** May be called again and again, with all that has ended so far. @returns the path */
  write(ended: readonly EndedTest[], file = FULL_REPORT): string {
    const notes = this.#notes()
    const runs: Record<string, FileRun> = { ...readFullReport(file) }
    for (const path of new Set(ended.map((test) => test.file))) {
      const tests = ended.filter((test) => test.file === path).map(({ title, isPassed, seconds }) => ({ title, isPassed, seconds }))
      runs[path] = { ...this.#about, tests, notes: notes.filter((one) => one.file === path).map(({ measured }) => measured) }
    }
    const there = Object.entries(runs).filter(([path]) => existsSync(path))
    const sorted = Object.fromEntries(there.sort(([a], [b]) => (a < b ? -1 : 1)))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`)
    return file
  }

  /** Removes what the tests noted on the way. */
  close(): void {
    rmSync(this.#folder, { recursive: true })
  }

  #notes(): z.infer<typeof note>[] {
    const path = join(this.#folder, 'notes')
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
    return lines.filter((line) => line.trim() !== '').map((line) => note.parse(JSON.parse(line)))
  }
}
