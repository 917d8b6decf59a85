/**
 * Cold start of a tracker: opening the map of so many sets, each with one statement, in a fresh process, for a store; and the space that
 * they take.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { documentId, encodeBytes, SEGMENT_RECORD } from '@lunarx/core/document'
import { peerIdOf } from '@lunarx/core/membership'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import type { OpenStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../../node/tracker/limits.ts'
import { openMap } from '../../node/tracker/map/index.ts'
import type { StartCost } from './inventory-process.ts'
import { recordOf, sign } from './inventory-sides.ts'
import { lessIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'

export interface StartStore {
  /** As the table names it. */
  readonly kind: string
  readonly openStore: OpenStore
  /** Arguments of inventory-process.ts: to open the map, and to read its entries and drop them. */
  readonly map: readonly [string, string]
  readonly scan: readonly [string, string]
  /** Bytes that the store takes on disk, other owners' included. */
  readonly spaceBytes: () => Promise<number>
}

/** What so many sets cost. */
interface StartedWith {
  readonly sets: number
  readonly spaceBytes: number
  readonly growthBytes: number
  readonly cpuSeconds: number
}

interface Found {
  readonly records: readonly BenchRecord[]
  readonly figures: readonly BenchFigure[]
}

/** Of so many nobody has measured; what one more set costs is taken from the two largest that were. */
const BY_SLOPE_SETS = 1e8

/** @param storeOf one that is empty; @param sizes sets, ascending */
export async function benchStarts(
  sizes: readonly number[],
  storeOf: (sets: number) => Promise<StartStore & AsyncDisposable>,
): Promise<Found> {
  const records: BenchRecord[] = []
  const figures: BenchFigure[] = []
  const started: StartedWith[] = []
  let kind = ''
  for (const sets of sizes) {
    await using store = await storeOf(sets)
    ;({ kind } = store)
    console.error(`${kind}: cold start with ${sets} sets`)
    const found = await benchStart(store, sets)
    records.push(...found.records)
    figures.push(...found.figures)
    started.push(found.started)
  }
  const [before, last] = started.slice(-2)
  return { records, figures: before === undefined || last === undefined ? figures : [...figures, ...bySlope(kind, before, last)] }
}

function bySlope(kind: string, before: StartedWith, last: StartedWith): BenchFigure[] {
  const extrapolate = (of: (started: StartedWith) => number): number =>
    of(last) + ((of(last) - of(before)) / (last.sets - before.sets)) * (BY_SLOPE_SETS - last.sets)
  const label = `${kind}, ${BY_SLOPE_SETS} sets by the slope from ${before.sets} to ${last.sets}`
  return [
    { case: label, metric: 'space on disk', unit: 'GB', value: rounded(extrapolate(({ spaceBytes }) => spaceBytes) / 1e9) },
    { case: label, metric: 'cold start: resident growth', unit: 'GB', value: rounded(extrapolate(({ growthBytes }) => growthBytes) / 1e9) },
    { case: label, metric: 'cold start', unit: 'CPU s', value: rounded(extrapolate(({ cpuSeconds }) => cpuSeconds)) },
  ]
}

const BATCH = 1_000

/** Fills the store first. */
async function benchStart(
  { kind, openStore, map, scan, spaceBytes }: StartStore,
  sets: number,
): Promise<Found & { readonly started: StartedWith }> {
  const emptyBytes = await spaceBytes()
  await fill(openStore, sets)
  const takenBytes = (await spaceBytes()) - emptyBytes
  const [ours, theirs] = [inProcess(map), inProcess(scan)]
  if (ours.count !== sets) throw new Error(`the map opens with ${ours.count} of ${sets} sets`)
  const label = `${kind}, ${sets} sets with one statement each`
  return {
    records: [
      lessIsBetter({
        name: 'tracker',
        case: label,
        metric: 'cold start',
        unit: 'CPU s',
        ours: ours.cpuSeconds,
        peer: 'plain scan of the same entries',
        theirs: theirs.cpuSeconds,
      }),
    ],
    figures: [
      { case: label, metric: 'cold start: resident growth', unit: 'MB', value: rounded(ours.growthBytes / 1e6) },
      { case: label, metric: 'space on disk', unit: 'bytes per set', value: rounded(takenBytes / sets) },
    ],
    started: { sets, spaceBytes: takenBytes, growthBytes: ours.growthBytes, cpuSeconds: ours.cpuSeconds },
  }
}

/** All with one signature: nobody verifies what is in the store. */
async function fill(openStore: OpenStore, sets: number): Promise<void> {
  const { signature } = sign(recordOf(0))
  await using map = await openMap({ network: 'net', openStore, scanEntries: TRACKER_LIMITS.scanEntries, onChange: () => undefined })
  const peer = peerIdOf(crypto.sha256(new TextEncoder().encode('holder')))
  for (let at = 0; at < sets; at += BATCH) {
    const news = Array.from({ length: Math.min(BATCH, sets - at) }, (_, i) => {
      const record = recordOf(at + i)
      const document = { body: encodeBytes(record), signature }
      return { id: documentId(SEGMENT_RECORD, document, crypto), record, document }
    })
    await map.records.learn(news, { isCommitted: true })
    await map.statements.affirm(news.map(({ id }) => ({ segment: id, index: 0, peer })))
  }
}

/** A start of its own, since what a process has done before shows in its memory. */
export function inProcess([mode, argument]: readonly [string, string]): StartCost {
  const script = join(import.meta.dirname, 'inventory-process.ts')
  const options = ['--expose-gc', '--conditions=source', '--disable-warning=ExperimentalWarning']
  const { stdout, stderr, status } = spawnSync(process.execPath, [...options, script, mode, argument], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${mode} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as StartCost
}
