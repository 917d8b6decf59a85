/**
 * What a benchmark found: figures of ours beside a named peer's, measured in the same run, as a table and as a file that the docs are
 * made of.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, release, totalmem } from 'node:os'
import { thisTree } from '../../hack/parts/tree.ts'

/** One figure of ours beside a named peer's. */
export interface BenchRecord {
  readonly name: string
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly ours: number
  readonly peer: string
  readonly theirs: number
  /** > 1 where we are ahead. */
  readonly ratio: number
}

/** A figure that has no peer: where time went, what a run took. */
export interface BenchFigure {
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly value: number
}

/** `test/bench/results/NAME.json`. */
export interface BenchResults {
  readonly machine: Readonly<Record<string, string | number | undefined>>
  /** ISO 8601, UTC. */
  readonly date?: string
  /** Of the tree that was measured, `+` when it had other changes. */
  readonly commit?: string
  readonly records: readonly BenchRecord[]
  readonly figures?: readonly BenchFigure[]
}

/** Four significant digits: no run repeats itself better than that. */
export const rounded = (value: number): number => Number(value.toPrecision(4))

/** A record of something of which less is better. */
export function lessIsBetter(record: Omit<BenchRecord, 'ratio'>): BenchRecord {
  return { ...record, ours: rounded(record.ours), theirs: rounded(record.theirs), ratio: rounded(record.theirs / record.ours) }
}

/** A record of something of which more is better. */
export function moreIsBetter(record: Omit<BenchRecord, 'ratio'>): BenchRecord {
  return { ...record, ours: rounded(record.ours), theirs: rounded(record.theirs), ratio: rounded(record.ours / record.theirs) }
}

/** Prints tables. */
export function show(records: readonly BenchRecord[], figures: readonly BenchFigure[] = []): void {
  console.table(
    records.map(({ case: label, metric, unit, ours, peer, theirs, ratio }) => ({ case: label, metric, unit, ours, peer, theirs, ratio })),
  )
  if (figures.length > 0) console.table(figures)
}

/** Prints tables and writes `test/bench/results/NAME.json` with the machine's description. */
export function publish(name: string, records: readonly BenchRecord[], figures: readonly BenchFigure[] = []): void {
  show(records, figures)
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryBytes: totalmem(),
    arch: arch(),
    kernel: release(),
    node: process.version,
  }
  const results: BenchResults = { machine, date: new Date().toISOString(), commit: thisTree().commit, records, figures }
  mkdirSync('test/bench/results', { recursive: true })
  writeFileSync(`test/bench/results/${name}.json`, `${JSON.stringify(results, null, 2)}\n`)
}
