/**
 * A start of its own, since what a process has done before shows in its memory: opens a tracker's map, or does the same with bare
 * means, and prints what it cost as JSON. `--expose-gc`.
 *
 * node inventory-process.ts map FILE | scan FILE | objects COUNT | database JSON | database-scan JSON
 *
 * @module
 */
import type { PostgresStoreConfig } from '@lunarx/core/membership'
import { SystemClock } from '@lunarx/runtime/clock'
import { PrometheusMetrics } from '@lunarx/runtime/metrics'
import { SystemRandom } from '@lunarx/runtime/random'
import { SqliteStore } from '@lunarx/runtime/store'
import { openPostgres } from '@lunarx/tracker/store'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { TRACKER_LIMITS } from '../../node/tracker/limits.ts'
import { openMap } from '../../node/tracker/map/index.ts'
import { cpuSeconds } from './inventory-sides.ts'

export interface StartCost {
  readonly cpuSeconds: number
  /** Resident at the end, and how much more than at the beginning. */
  readonly residentBytes: number
  readonly growthBytes: number
  /** Live, on the heap and in buffers, after a collection. */
  readonly liveBytes: number
  readonly count: number
}

const live = (): number => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Keys of committed sets, and of statements. */
const SCANNED = [
  ['c', 'd'],
  ['h', 'i'],
] as const
const DATABASE_PAGE = `SELECT k, v FROM lunarx_entries WHERE space = (SELECT id FROM lunarx_spaces WHERE name = $1) AND k > $2 AND k < $3
  ORDER BY k LIMIT ${TRACKER_LIMITS.scanEntries}`

const MODES: Readonly<Record<string, (argument: string) => Promise<{ readonly kept: unknown; readonly count: number }>>> = {
  async map(file) {
    const store = new SqliteStore(file)
    const { scanEntries } = TRACKER_LIMITS
    const map = await openMap({ network: 'net', openStore: async () => store, scanEntries, onChange: () => undefined })
    return { kept: map, count: map.records.size }
  },
  /** Every entry that a start reads, once. */
  async scan(file) {
    const database = new DatabaseSync(file)
    let count = 0
    for (const [from, until] of SCANNED)
      for (const _ of database.prepare('SELECT k, v FROM entries WHERE k >= ? AND k < ?').iterate(Buffer.from(from), Buffer.from(until)))
        count++
    return { kept: database, count }
  },
  async database(argument) {
    const { openStore } = await databaseOf(argument)
    const map = await openMap({ network: 'net', openStore, scanEntries: TRACKER_LIMITS.scanEntries, onChange: () => undefined })
    return { kept: map, count: map.records.size }
  },
  /** As `scan`, page by page, of the same size. */
  async 'database-scan'(argument) {
    const { config, owner } = JSON.parse(argument) as DatabaseArgument
    const credential = (name: string): string => readFileSync(join(config.credentialsFolder, name), 'utf8').trim()
    const [user, password] = [credential('username'), credential('password')]
    const client = new pg.Client({ host: config.hosts[0], port: config.port, database: config.database, user, password })
    await client.connect()
    let count = 0
    for (const [from, until] of SCANNED) {
      for (let after = Buffer.from(from); ;) {
        const { rows } = await client.query<{ k: Buffer<ArrayBuffer> }>(DATABASE_PAGE, [`${owner} map`, after, Buffer.from(until)])
        count += rows.length
        const last = rows.at(-1)
        if (!last) break
        after = last.k
      }
    }
    return { kept: client, count }
  },
  /** One set and one statement of each, as plain objects in maps. */
  async objects(count) {
    const [sets, statements] = [new Map<string, object>(), new Map<string, object>()]
    for (let i = 0; i < Number(count); i++) {
      const id = Uint8Array.from(createHash('sha256').update(String(i)).digest())
      const hex = Buffer.from(id).toString('hex')
      sets.set(hex, { id, hex, required: 10, parity: 4, survive: 4, shardBytes: 1_048_576, createdMs: 1e12 + i, isCommitted: true })
      statements.set(`${hex}:0`, { id, index: 0, peer: 1, stamp: i, isCondemned: false })
    }
    return { kept: [sets, statements], count: Number(count) }
  },
}

interface DatabaseArgument {
  readonly config: PostgresStoreConfig
  readonly owner: string
}

async function databaseOf(argument: string) {
  const { config, owner } = JSON.parse(argument) as DatabaseArgument
  return await openPostgres(config, owner, { clock: new SystemClock(), random: new SystemRandom(), metrics: new PrometheusMetrics() })
}

const [mode = '', argument = ''] = process.argv.slice(2)
const run = MODES[mode]
if (!run) throw new Error('usage: inventory-process.ts map FILE | scan FILE | objects COUNT | database JSON | database-scan JSON')
const liveBefore = live()
const [cpuBefore, residentBefore] = [cpuSeconds(), process.memoryUsage.rss()]
const { kept, count } = await run(argument)
const spent = cpuSeconds() - cpuBefore
const residentBytes = process.memoryUsage.rss()
const cost: StartCost = {
  cpuSeconds: spent,
  residentBytes,
  growthBytes: residentBytes - residentBefore,
  liveBytes: live() - liveBefore,
  count,
}
console.log(JSON.stringify(cost))
if (kept === undefined) process.exitCode = 1
process.exit()
