/**
 * A start of its own, since what a process has done before shows in its memory: opens a tracker's map, or does the same with bare
 * means, and prints what it cost as JSON. `--expose-gc`.
 *
 * node inventory-process.ts map FILE | scan FILE | objects COUNT
 *
 * @module
 */
import { SqliteStore } from '@lunarx/runtime/store'
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
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
    for (const [from, until] of [
      ['c', 'd'],
      ['h', 'i'],
    ])
      for (const _ of database
        .prepare('SELECT k, v FROM entries WHERE k >= ? AND k < ?')
        .iterate(Buffer.from(from ?? ''), Buffer.from(until ?? '')))
        count++
    return { kept: database, count }
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

const [mode = '', argument = ''] = process.argv.slice(2)
const run = MODES[mode]
if (!run) throw new Error('usage: inventory-process.ts map FILE | scan FILE | objects COUNT')
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
