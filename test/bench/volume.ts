/**
 * What shards on a tracker's own volume do to its map: sets committed one after the other and many at a time, by the tracker's real map on
 * its real store, while a provider's real store takes shards in another process: on the same volume, fast and slowly; on another volume of
 * the same disk; in memory, which takes the same CPU time and no disk. And a volume with both that fills up.
 *
 * All volumes lie on one disk: what another disk would spare cannot be seen here, but for the neighbour in memory.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { documentId, encodeBytes, SEGMENT_RECORD } from '@lunarx/core/document'
import { hexOf, LunarError } from '@lunarx/core/model'
import { VolumeStore } from '@lunarx/provider/store'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { NodeDisk } from '@lunarx/runtime/disk'
import { SqliteStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../../node/tracker/limits.ts'
import { openMap, type TrackerMap } from '../../node/tracker/map/index.ts'
import { inFlight } from './alternate.ts'
import { Keeper, makeShard, type BenchShard } from './backend-shards.ts'
import { recordOf } from './inventory-sides.ts'
import { mountExt4 } from './mounted.ts'
import { median } from './processes.ts'
import { lessIsBetter, moreIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'
import { atWorkbench, MIB, type Workbench } from './workbench.ts'

export interface VolumeBenchSize {
  readonly rounds: number
  /** Of each neighbour and round: sets one after the other, then sets so many at a time. */
  readonly oneByOne: number
  readonly together: number
  readonly atOnce: number
  /** Sets that the map has before. */
  readonly known: number
}

export interface VolumeFindings {
  readonly records: BenchRecord[]
  readonly figures: BenchFigure[]
}

const NAME = 'volume'
const WARM_UP_MS = 300
const LIMIT_MS = 30 * 60_000
/** Of the slow pool. */
const SLOW_BYTES = 10_000_000
const VOLUME_MIB = 512
/** The volume that fills up: small, so that it takes no time. */
const SMALL_MIB = 64
const SMALL_SHARD_BYTES = MIB
const AFTER_FULL = 200

/** @throws {Error} this user may not mount, or it took half an hour */
export async function benchVolume(size: VolumeBenchSize): Promise<VolumeFindings> {
  return await atWorkbench(LIMIT_MS, async (workbench) => {
    const full = await fillUp(workbench)
    const busy = await benchBusy(size, workbench)
    return { records: busy.records, figures: [...busy.figures, ...full] }
  })
}

/** Who stores shards meanwhile. Without a process: nobody. */
interface Neighbour {
  readonly label: string
  readonly process: ChildProcess | undefined
}

interface Seen {
  /** Milliseconds of each set that was committed alone. */
  readonly alone: number[]
  /** Seconds of each round for those that were committed together. */
  readonly together: number[]
  /** Of the neighbour, in each round. */
  readonly mbPerSecond: number[]
}

async function benchBusy(size: VolumeBenchSize, { folder, opened, signal }: Workbench): Promise<VolumeFindings> {
  const own = opened.use(await mountExt4(join(folder, 'own'), VOLUME_MIB)).folder
  const other = opened.use(await mountExt4(join(folder, 'other'), VOLUME_MIB)).folder
  const memory = mkdtempSync('/dev/shm/lunarx-bench-')
  opened.defer(() => rmSync(memory, { recursive: true, force: true }))
  const start = async (label: string, at: string, bytesPerSecond = 0): Promise<Neighbour> => ({
    label,
    process: await startStoring(at, bytesPerSecond, { opened, signal }),
  })
  const neighbours: readonly Neighbour[] = [
    { label: 'nobody', process: undefined },
    await start('shards on the same volume', join(own, 'fast')),
    await start(`shards on the same volume, ${SLOW_BYTES / 1e6} MB/s`, join(own, 'slow'), SLOW_BYTES),
    await start('shards on another volume of the disk', other),
    await start('shards in memory', memory),
  ]
  await using tracker = await Commits.open(join(own, 'map.sqlite'))
  await tracker.learn(size.known)
  const seen = new Map(neighbours.map((one): [Neighbour, Seen] => [one, { alone: [], together: [], mbPerSecond: [] }]))
  for (let round = 0; round <= size.rounds; round++) {
    console.error(`  round ${round}`)
    for (let i = 0; i < neighbours.length; i++) {
      const neighbour = neighbours[(i + round) % neighbours.length] as Neighbour
      const sets = [await tracker.learn(size.oneByOne), await tracker.learn(size.together)] as const
      const found = await besides(neighbour, signal, () => tracker.measure(...sets, size.atOnce))
      if (round === 0) continue
      seen.get(neighbour)?.alone.push(...found.alone)
      seen.get(neighbour)?.together.push(found.togetherSeconds)
      seen.get(neighbour)?.mbPerSecond.push(found.mbPerSecond)
    }
  }
  return tell(size, seen)
}

/** Beside everybody stands the tracker that has the disk to itself. */
function tell(size: VolumeBenchSize, seen: ReadonlyMap<Neighbour, Seen>): VolumeFindings {
  const [[nobody, without] = [], ...others] = seen
  if (!nobody || !without) throw new Error('nobody to compare with')
  const found: VolumeFindings = { records: [], figures: [] }
  for (const [{ label }, { alone, together, mbPerSecond }] of others) {
    const base = { name: NAME, case: `beside ${label}`, peer: 'the same alone' }
    const ms = (metric: string, of: (values: readonly number[]) => number): BenchRecord =>
      lessIsBetter({ ...base, metric, unit: 'ms', ours: of(alone), theirs: of(without.alone) })
    const rate = (seconds: readonly number[]): number => size.together / median(seconds)
    found.records.push(
      ms('a set committed: middle', median),
      ms('a set committed: 99 of 100 within', (values) => quantile(values, 0.99)),
      ms('a set committed: the longest', (values) => Math.max(...values)),
      moreIsBetter({ ...base, metric: `${size.atOnce} sets at a time`, unit: '1/s', ours: rate(together), theirs: rate(without.together) }),
    )
    found.figures.push({ case: base.case, metric: 'stored meanwhile', unit: 'MB/s', value: rounded(median(mbPerSecond)) })
  }
  return found
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? Number.NaN
}

/** Ends with the benchmark, before its volumes do. */
async function startStoring(folder: string, bytesPerSecond: number, { opened, signal }: Pick<Workbench, 'opened' | 'signal'>) {
  mkdirSync(folder, { recursive: true })
  const execArgv = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  const child = fork('test/bench/volume-process.ts', [folder, String(bytesPerSecond)], { execArgv })
  opened.defer(async () => {
    if (child.exitCode !== null || !child.kill()) return
    await once(child, 'exit')
  })
  await once(child, 'message', { signal })
  return child
}

/** The neighbour stores shards for as long as the work takes. */
async function besides<T>({ process: child }: Neighbour, signal: AbortSignal, work: () => Promise<T>) {
  if (!child) return { ...(await work()), mbPerSecond: 0 }
  const began = performance.now()
  child.send('go')
  // until the disk is as busy as it will be
  await setTimeout(WARM_UP_MS, undefined, { signal })
  const done = await work()
  child.send('rest')
  const [bytes] = (await once(child, 'message', { signal })) as [number]
  return { ...done, mbPerSecond: bytes / 1e6 / ((performance.now() - began) / 1_000) }
}

/** A tracker's map, and sets that are committed to it. */
class Commits implements AsyncDisposable {
  readonly #map: TrackerMap
  readonly #store: SqliteStore
  #sets = 0

  private constructor(map: TrackerMap, store: SqliteStore) {
    this.#map = map
    this.#store = store
  }

  static async open(file: string): Promise<Commits> {
    const store = new SqliteStore(file)
    const openStore = async () => store
    const map = await openMap({ network: 'net', openStore, scanEntries: TRACKER_LIMITS.scanEntries, onChange: () => undefined })
    return new Commits(map, store)
  }

  /** Sets that are reserved, and not committed yet. @returns their ids, as hex */
  async learn(count: number): Promise<string[]> {
    const news = Array.from({ length: count }, () => {
      const record = recordOf(this.#sets++)
      // nobody verifies what is in the store
      const document = { body: encodeBytes(record), signature: new Uint8Array(64) }
      return { id: documentId(SEGMENT_RECORD, document, crypto), record, document }
    })
    await this.#map.records.learn(news, { isCommitted: false })
    return news.map(({ id }) => hexOf(id))
  }

  /** As `answerCommit` makes a set stand. @throws {LunarError} FULL, STORE_FAILED */
  async commit(hex: string): Promise<void> {
    await this.#map.records.commit([hex])
  }

  async measure(one: readonly string[], many: readonly string[], atOnce: number) {
    const alone: number[] = []
    for (const hex of one) {
      const began = performance.now()
      await this.commit(hex)
      alone.push(performance.now() - began)
    }
    const began = performance.now()
    await inFlight(atOnce, many, (hex) => this.commit(hex))
    return { alone, togetherSeconds: (performance.now() - began) / 1_000 }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#store[Symbol.asyncDispose]()
  }
}

/** Shards until there is no room for one more, then sets. On one volume, and on two of half the size. */
async function fillUp({ folder, opened }: Workbench): Promise<BenchFigure[]> {
  const shared = opened.use(await mountExt4(join(folder, 'small-both'), SMALL_MIB))
  const own = opened.use(await mountExt4(join(folder, 'small-map'), SMALL_MIB / 2))
  const shards = opened.use(await mountExt4(join(folder, 'small-shards'), SMALL_MIB / 2))
  return [
    ...(await fill(`${SMALL_MIB} MiB for the map and shards`, shared.folder, shared.folder)),
    ...(await fill(`${SMALL_MIB / 2} MiB for the map, ${SMALL_MIB / 2} MiB for shards`, own.folder, shards.folder)),
  ]
}

async function fill(label: string, ours: string, theirs: string): Promise<BenchFigure[]> {
  const files = join(theirs, 'files')
  mkdirSync(files)
  const store = await VolumeStore.open(new NodeDisk(files), crypto)
  await using keeper = await Keeper.open(store, join(theirs, 'catalog.sqlite'))
  await using tracker = await Commits.open(join(ours, 'map.sqlite'))
  const stored: BenchShard[] = []
  for (let shard = makeShard(SMALL_SHARD_BYTES); (await answerOf(() => keeper.put(shard))) === 'OK'; shard = makeShard(SMALL_SHARD_BYTES))
    stored.push(shard)
  const full = await answersOf(tracker)
  for (const { key } of stored) await store.remove(key)
  const count = (metric: string, value: number): BenchFigure => ({ case: label, metric, unit: 'count', value })
  return [
    count('shards of 1 MiB until there is no room', stored.length),
    ...[...full].map(([answer, sets]) => count(`sets after that, answered ${answer}`, sets)),
    ...[...(await answersOf(tracker))].map(([answer, sets]) => count(`sets when the shards are gone, answered ${answer}`, sets)),
  ]
}

/** Code → sets that were reserved and committed, or not, with it. */
async function answersOf(tracker: Commits): Promise<Map<string, number>> {
  const answers = new Map<string, number>()
  for (let i = 0; i < AFTER_FULL; i++) {
    const answer = await answerOf(async () => {
      for (const hex of await tracker.learn(1)) await tracker.commit(hex)
    })
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }
  return answers
}

async function answerOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'OK'
  } catch (error) {
    if (error instanceof LunarError) return error.code
    throw error
  }
}
