/**
 * Inventory reports and the tracker's map: a full report of shards that are known, one of sets that are not, a cold start, memory.
 * CPU seconds of one thread's work, so that other work on the machine shows little.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { utf8 } from '@lunarx/core/model'
import { cpuSeconds, Sides, verifyingMicroseconds, type Cost } from './inventory-sides.ts'
import { lessIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'
import { inProcess } from './tracker-start.ts'
import { atWorkbench } from './workbench.ts'

export interface InventoryBenchSize {
  /** Shards that are known, each of a set of its own. */
  readonly known: number
  /** Sets that are not. */
  readonly unknown: number
}

const NAME = 'inventory'
const LIMIT_MS = 60 * 60_000
const VERIFY = 'bare node:crypto verify'
const KEY_BYTES = 33

export async function benchInventory(size: InventoryBenchSize): Promise<{ records: BenchRecord[]; figures: BenchFigure[] }> {
  return await atWorkbench(LIMIT_MS, async ({ folder }) => {
    const file = (name: string): string => join(folder, `${name}.sqlite`)
    const first = await firstReport(size.unknown, file)
    const known = await knownReport(size.known, file)
    const start = coldStart(size.known, file('map'))
    return {
      records: [...known.records, ...first.records, ...start.records],
      figures: [...known.figures, ...first.figures, ...start.figures],
    }
  })
}

type Found = { readonly records: readonly BenchRecord[]; readonly figures: readonly BenchFigure[] }
type FileOf = (name: string) => string

const figure = (label: string, metric: string, unit: string, value: number): BenchFigure => ({
  case: label,
  metric,
  unit,
  value: rounded(value),
})

const figuresOf = (label: string, { messages, bytes, longestMs, otherSeconds }: Cost): BenchFigure[] => [
  figure(label, 'messages', 'count', messages),
  figure(label, 'bytes both ways', 'MB', bytes / 1e6),
  figure(label, 'longest message at the tracker', 'ms', longestMs),
  figure(label, 'provider, and what surrounds both', 'CPU s', otherSeconds),
]

async function knownReport(shards: number, file: FileOf): Promise<Found> {
  await using sides = await Sides.open(file('map'), file('catalog'))
  await sides.hold(0, shards, true)
  const listed = await sides.report()
  await sides.report() // warm
  const equal = await sides.report()
  const [one] = (await sides.catalog.keys(utf8('m'), new Uint8Array(), 1)).keys
  if (one) await sides.catalog.drop(one)
  const differing = await sides.report()
  const label = `${shards} known shards`
  const record = { name: NAME, case: label, unit: 'CPU s' }
  return {
    records: [
      lessIsBetter({
        ...record,
        metric: 'full report, equal: tracker',
        ours: equal.trackerSeconds,
        peer: 'bare SHA-256 of the same keys',
        theirs: hashing(shards),
      }),
      lessIsBetter({
        ...record,
        metric: 'full report, one shard differs: tracker',
        ours: differing.trackerSeconds,
        peer: 'the same, equal',
        theirs: equal.trackerSeconds,
      }),
      lessIsBetter({
        ...record,
        metric: 'full report, records known, statements not: tracker',
        ours: listed.trackerSeconds,
        peer: 'the same, equal',
        theirs: equal.trackerSeconds,
      }),
    ],
    figures: [
      ...figuresOf(`${label}, equal`, equal),
      ...figuresOf(`${label}, one differs`, differing),
      ...figuresOf(`${label}, listed`, listed),
    ],
  }
}

function hashing(shards: number): number {
  const keys = new Uint8Array(shards * KEY_BYTES)
  const before = cpuSeconds()
  createHash('sha256').update(keys).digest()
  return cpuSeconds() - before
}

async function firstReport(sets: number, file: FileOf): Promise<Found> {
  await using sides = await Sides.open(file('map-unknown'), file('catalog-unknown'))
  await sides.hold(0, sets, false)
  const cost = await sides.report()
  if (sides.map.records.size !== sets) throw new Error('the tracker did not learn every record')
  const label = `${sets} unknown sets`
  const bare = verifyingMicroseconds(Math.min(sets, 10_000))
  const perSet = (cost.trackerSeconds / sets) * 1e6
  return {
    records: [
      lessIsBetter({
        name: NAME,
        case: label,
        metric: 'first report: tracker',
        unit: 'CPU µs per set',
        ours: perSet,
        peer: VERIFY,
        theirs: bare,
      }),
    ],
    figures: [figure(label, 'first report: share of the tracker that is verifying', '%', (100 * bare) / perSet), ...figuresOf(label, cost)],
  }
}

function coldStart(sets: number, file: string): Found {
  const map = inProcess(['map', file])
  const scan = inProcess(['scan', file])
  const objects = inProcess(['objects', String(Math.ceil(sets / 4))])
  const label = `${sets} sets with one statement each`
  const record = { name: NAME, case: label }
  return {
    records: [
      lessIsBetter({
        ...record,
        metric: 'cold start',
        unit: 'CPU s',
        ours: map.cpuSeconds,
        peer: 'plain SQLite scan of the same entries',
        theirs: scan.cpuSeconds,
      }),
      lessIsBetter({
        ...record,
        metric: 'memory, live',
        unit: 'bytes per set and statement',
        ours: map.liveBytes / sets,
        peer: 'plain objects in two maps',
        theirs: objects.liveBytes / objects.count,
      }),
      lessIsBetter({
        ...record,
        metric: 'memory, resident growth of a start',
        unit: 'MB',
        ours: map.growthBytes / 1e6,
        peer: 'plain objects in two maps',
        theirs: ((objects.growthBytes / objects.count) * sets) / 1e6,
      }),
    ],
    figures: [figure(label, 'resident, the whole process', 'MB', map.residentBytes / 1e6)],
  }
}
