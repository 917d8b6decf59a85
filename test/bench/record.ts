/**
 * One figure of ours beside a named peer's, measured in the same run. `ratio` > 1 where we are ahead.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, release, totalmem } from 'node:os'

export interface BenchRecord {
  readonly name: string
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly ours: number
  readonly peer: string
  readonly theirs: number
  readonly ratio: number
}

/** Prints a table and writes `test/bench/results/NAME.json` with the machine's description. */
export function publish(name: string, records: readonly BenchRecord[]): void {
  console.table(
    records.map(({ case: label, metric, unit, ours, peer, theirs, ratio }) => ({ case: label, metric, unit, ours, peer, theirs, ratio })),
  )
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryBytes: totalmem(),
    arch: arch(),
    kernel: release(),
    node: process.version,
  }
  mkdirSync('test/bench/results', { recursive: true })
  writeFileSync(`test/bench/results/${name}.json`, `${JSON.stringify({ machine, records }, null, 2)}\n`)
}
