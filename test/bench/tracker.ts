/**
 * Trackers: what a set costs them to reserve, to commit and to locate over the wire, and how they start, for both stores; what repair and
 * audits cost.
 *
 * @module
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunConfig } from '@lunarx/core/membership'
import { SqliteStore } from '@lunarx/runtime/store'
import { Database } from '../conformance/store-postgres.ts'
import type { Program } from './program.ts'
import type { BenchFigure, BenchRecord } from './record.ts'
import { benchAudits, type AuditsSize } from './tracker-audits.ts'
import { benchRepair, type RepairSize } from './tracker-repair.ts'
import { benchRequests, type RequestsSize } from './tracker-requests.ts'
import { benchStarts, type StartStore } from './tracker-start.ts'
import { atWorkbench } from './workbench.ts'

export interface TrackerBenchSize {
  readonly requests: RequestsSize
  /** Sets. */
  readonly starts: { readonly embedded: readonly number[]; readonly database: readonly number[] }
  readonly repair: RepairSize
  readonly audits: AuditsSize
}

const LIMIT_MS = 90 * 60_000
/** One that has all to itself, and as many as keep each record where one domain is to be survived. */
const TRACKERS = [1, 3]

/** Prints what it is at to standard error. @throws {Error} something answered otherwise than it must, or it took 90 minutes */
export async function benchTracker(size: TrackerBenchSize, program: Program): Promise<{ records: BenchRecord[]; figures: BenchFigure[] }> {
  return await atWorkbench(LIMIT_MS, async ({ folder, opened }) => {
    const [records, figures]: [BenchRecord[], BenchFigure[]] = [[], []]
    const add = (found: { readonly records: readonly BenchRecord[]; readonly figures: readonly BenchFigure[] }): void => {
      for (const { metric, ours, unit } of found.records) console.error(`  ${metric}: ${ours} ${unit}`)
      records.push(...found.records)
      figures.push(...found.figures)
    }
    const database = opened.use(await Database.start({ settings: { fsync: 'on', full_page_writes: 'on' } }))
    const stores: Readonly<Record<string, RunConfig['store']>> = {
      SQLite: { kind: 'embedded' },
      PostgreSQL: database.config({ connections: 8 }),
    }
    for (const [kind, store] of Object.entries(stores))
      for (const trackers of TRACKERS) {
        console.error(`${kind}, ${trackers} of them: reserve, commit, report, locate`)
        add(await benchRequests(kind, trackers, store, size.requests, folder, program))
      }
    add(await benchStarts(size.starts.embedded, async (sets) => embedded(join(folder, `start-${sets}.sqlite`))))
    add(await benchStarts(size.starts.database, (sets) => inDatabase(database, `start ${sets}`)))
    console.error('repair, with reads meanwhile')
    add(await benchRepair(size.repair, folder, program))
    console.error('audits')
    add(await benchAudits(size.audits))
    return { records, figures }
  })
}

const embedded = (file: string): StartStore & AsyncDisposable => ({
  kind: 'SQLite',
  openStore: async () => new SqliteStore(file),
  map: ['map', file],
  scan: ['scan', file],
  spaceBytes: async () => {
    const sizes = await Promise.all([file, `${file}-wal`].map((one) => stat(one).catch(() => undefined)))
    return sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0)
  },
  [Symbol.asyncDispose]: async () => undefined,
})

async function inDatabase(database: Database, owner: string): Promise<StartStore & AsyncDisposable> {
  const stores = await database.open({ owner })
  const argument = JSON.stringify({ config: database.config(), owner })
  return {
    kind: 'PostgreSQL',
    openStore: stores.openStore,
    map: ['database', argument],
    scan: ['database-scan', argument],
    spaceBytes: () => database.sizeBytes(),
    [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose](),
  }
}
