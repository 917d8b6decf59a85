/**
 * The report of many seeds: `test/simulation/report.json`, and the tables of docs/SIMULATION.md that are made of it.
 *
 * @module
 */
import type { Tale } from './teller.ts'
import { table } from '../../hack/generate/table.ts'

export const REPORT_FILE = 'test/simulation/report.json'

export interface SeedsReport {
  /** Of the tree that was simulated; `+`: it had other changes. */
  readonly commit: string
  /** ISO 8601, UTC, day. */
  readonly date: string
  readonly firstSeed: number
  readonly seeds: number
  /** Seeds of which something was not as promised. */
  readonly failed: readonly number[]
  /** Of the networks' own time, in all. */
  readonly hours: number
  readonly cpuSeconds: number
  /** What happened → how often, in all. */
  readonly counts: Readonly<Record<string, number>>
}

export function reportOf(tales: readonly Tale[], tree: Pick<SeedsReport, 'commit' | 'date'>): SeedsReport {
  const counts = new Map<string, number>()
  for (const tale of tales) for (const [what, times] of Object.entries(tale.counts)) counts.set(what, (counts.get(what) ?? 0) + times)
  return {
    ...tree,
    firstSeed: tales.reduce((first, { seed }) => Math.min(first, seed), Number.POSITIVE_INFINITY),
    seeds: tales.length,
    failed: tales.flatMap(({ seed, failure }) => (failure === undefined ? [] : [seed])).sort((a, b) => a - b),
    hours: Math.round(tales.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / 3_600_000),
    cpuSeconds: Math.round(tales.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1_000),
    counts: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

const whole = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',')

/** Calls of the two clients by what came of them; every other count is of something that was done to the network. */
const CALL = /^(put|get|delete|list): (done|not there|refused|crashed)$/

/** Name → table of docs/SIMULATION.md. */
export const TABLES: Readonly<Record<string, (report: SeedsReport) => string>> = {
  seeds: ({ commit, date, firstSeed, seeds, failed, hours, cpuSeconds }) =>
    table(
      ['commit', 'date', 'seeds', 'not as promised', "hours of the networks' own time", 'CPU s'],
      [
        [
          commit,
          date,
          `${firstSeed} to ${firstSeed + seeds - 1}`,
          failed.length === 0 ? 'none' : failed.join(' '),
          whole(hours),
          whole(cpuSeconds),
        ],
      ],
    ),
  broken: ({ counts }) =>
    table(
      ['what was done to them', 'times'],
      Object.entries(counts).flatMap(([what, times]) => (CALL.test(what) || what === HELD ? [] : [[what, whole(times)]])),
    ),
  calls: ({ counts }) =>
    table(
      ['call', 'done', 'no such name', 'refused for now', 'the client crashed meanwhile'],
      ['put', 'get', 'delete', 'list'].map((call) => [
        call,
        ...['done', 'not there', 'refused', 'crashed'].map((end) => whole(counts[`${call}: ${end}`] ?? 0)),
      ]),
    ),
  held: ({ counts }) =>
    `${whole(counts[HELD] ?? 0)} sets were looked at shard by shard on the providers' disks in the end, and each was whole.`,
}

/** Counted when a story is reckoned up. */
export const HELD = 'sets found whole, shard by shard'
