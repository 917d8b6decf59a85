/**
 * Each backend of a provider beside a bare client of the same server: a shard put, a shard got, one leaf read as an audit asks for it,
 * the listing of an inventory that is made anew; and reads in pieces of several sizes.
 *
 * CPU is that of this process, in which both clients run; the servers are processes of their own.
 *
 * @module
 */
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '@lunarx/core/model'
import { folderName, pathOf } from '../../node/provider/store/shard-name.ts'
import { alternately, inFlight, type Cost } from './alternate.ts'
import { chunksOf, hdfs, minio, versitygw, volume, type Contest, type OpenContest } from './backend-contests.ts'
import { Keeper, makeShard, questionOf, type BenchShard } from './backend-shards.ts'
import { lessIsBetter, moreIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'
import { atWorkbench, GB, MIB, type Workbench } from './workbench.ts'

export interface BackendsBenchSize {
  readonly rounds: number
  readonly shardMib: number
  /** Put and got in each round, so many at a time. */
  readonly shards: number
  readonly inFlight: number
  readonly leafReads: number
  /** Names that are listed: on the volume, in a bucket, in HDFS. */
  readonly listed: Readonly<Record<'volume' | 'bucket' | 'hdfs', number>>
  /** An object that is read in pieces of each of these sizes. */
  readonly largeMib: number
  readonly piecesMib: readonly number[]
}

export interface BackendsFindings {
  readonly records: BenchRecord[]
  readonly figures: BenchFigure[]
}

const NAME = 'backends'
/** For one backend. */
const LIMIT_MS = 30 * 60_000
const PLANTED_AT_ONCE = 16

/** @throws {Error} a server or a build tool is missing, or one of them took half an hour */
export async function benchBackends(size: BackendsBenchSize): Promise<BackendsFindings> {
  const findings: BackendsFindings = { records: [], figures: [] }
  for (const [open, listed] of [
    [volume, size.listed.volume],
    [minio, size.listed.bucket],
    [versitygw, size.listed.bucket],
    [hdfs, size.listed.hdfs],
  ] as const) {
    const { records, figures } = await atWorkbench(LIMIT_MS, (workbench) => benchBackend(open, listed, size, workbench))
    findings.records.push(...records)
    findings.figures.push(...figures)
  }
  return findings
}

/** Servers of the one are stopped before the next are started. */
export async function benchBackend(
  open: OpenContest,
  listed: number,
  size: BackendsBenchSize,
  { folder, opened: ending }: Pick<Workbench, 'folder' | 'opened'>,
): Promise<BackendsFindings> {
  await using opened = new AsyncDisposableStack()
  ending.defer(() => opened.disposeAsync()) // also when the benchmark is cut off: no server outlives it
  const own = await mkdtemp(join(folder, 'backend-'))
  const contest = await open(own, opened)
  console.error(`${contest.label} is up`)
  const keeper = opened.use(await Keeper.open(contest.store, join(own, 'catalog.sqlite')))
  const shards = Array.from({ length: size.shards }, () => makeShard(size.shardMib * MIB))
  for (const shard of shards) await keeper.enter(shard)
  const race = { contest, keeper, shards, size }
  const records = [
    ...(await told(contest, 'put', () => putShards(race))),
    ...(await told(contest, 'get', () => getShards(race))),
    ...(await told(contest, 'audit reads', () => readLeaves(race))),
  ]
  const pieces = await told(contest, 'pieces', () => readPieces(race))
  const listings = await told(contest, 'listings', () => listAll(race, listed))
  return { records: [...records, ...listings, ...pieces.records], figures: pieces.figures }
}

/** Says how far the benchmark has come, and what took how long: one that does not come to its end shows where it was. */
async function told<T>({ label }: Contest, stage: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const done = await work()
  console.error(`${label}: ${stage} took ${Math.round((performance.now() - began) / 1_000)} s`)
  return done
}

interface Race {
  readonly contest: Contest
  readonly keeper: Keeper
  readonly shards: readonly BenchShard[]
  readonly size: BackendsBenchSize
}

const rawName = ({ key }: BenchShard): string => pathOf(key)

/** Wall and CPU of `bytes` moved, beside the peer's. */
function moved(base: Pick<BenchRecord, 'case' | 'metric' | 'peer'>, bytes: number, ours: Cost, theirs: Cost): BenchRecord[] {
  const [speed, price] = [(cost: Cost) => bytes / 1e6 / cost.wallSeconds, (cost: Cost) => (cost.cpuSeconds / bytes) * GB]
  return [
    moreIsBetter({ name: NAME, ...base, unit: 'MB/s', ours: speed(ours), theirs: speed(theirs) }),
    lessIsBetter({ name: NAME, ...base, unit: 'CPU s/GB', ours: price(ours), theirs: price(theirs) }),
  ]
}

/** The same of `count` operations. */
function done(base: Pick<BenchRecord, 'case' | 'metric' | 'peer'>, count: number, ours: Cost, theirs: Cost): BenchRecord[] {
  return [
    moreIsBetter({ name: NAME, ...base, unit: '1/s', ours: count / ours.wallSeconds, theirs: count / theirs.wallSeconds }),
    lessIsBetter({ name: NAME, ...base, unit: 'CPU µs', ours: (ours.cpuSeconds / count) * 1e6, theirs: (theirs.cpuSeconds / count) * 1e6 }),
  ]
}

async function putShards({ contest: { label, raw, objects }, keeper, shards, size }: Race): Promise<BenchRecord[]> {
  const all = (work: (shard: BenchShard) => Promise<unknown>) => () => inFlight(size.inFlight, shards, work)
  const costs = await alternately(size.rounds, {
    ours: all((shard) => keeper.put(shard)),
    theirs: all((shard) => raw.put(rawName(shard), shard.bytes)),
    sent: all(async (shard) => objects?.put(`sent/${rawName(shard)}`, shard.bytes.length, () => chunksOf(shard.bytes))),
  })
  const bytes = shards.length * size.shardMib * MIB
  const base = { case: `${label}, ${size.shardMib} MiB shards`, peer: raw.name }
  return [
    ...moved({ ...base, metric: 'put' }, bytes, costs.ours, costs.theirs),
    ...(objects ? moved({ ...base, metric: 'put: sent and verified, from memory' }, bytes, costs.sent, costs.theirs) : []),
  ]
}

async function getShards({ contest: { label, raw }, keeper, shards, size }: Race): Promise<BenchRecord[]> {
  const sizeBytes = size.shardMib * MIB
  const whole = (read: (shard: BenchShard) => Promise<number>) => () =>
    inFlight(size.inFlight, shards, async (shard) => mustCome(await read(shard), sizeBytes))
  const { ours, theirs } = await alternately(size.rounds, {
    ours: whole(({ key }) => keeper.retrieve(questionOf(key, 0, 0))),
    theirs: whole((shard) => raw.read(rawName(shard), 0, sizeBytes)),
  })
  return moved({ case: `${label}, ${size.shardMib} MiB shards`, metric: 'get', peer: raw.name }, shards.length * sizeBytes, ours, theirs)
}

async function readLeaves({ contest: { label, raw }, keeper, shards, size }: Race): Promise<BenchRecord[]> {
  const leaves = (size.shardMib * MIB) / LIMITS.leafBytes
  const wanted = Array.from({ length: size.leafReads }, (_, i) => {
    const shard = shards[i % shards.length] as BenchShard
    const position = randomInt(leaves) * LIMITS.leafBytes
    return { name: rawName(shard), position, question: questionOf(shard.key, position, 1) }
  })
  const each = (read: (one: (typeof wanted)[number]) => Promise<number>) => () =>
    inFlight(size.inFlight, wanted, async (one) => mustCome(await read(one), LIMITS.leafBytes))
  const { ours, theirs } = await alternately(size.rounds, {
    ours: each(({ question }) => keeper.retrieve(question)),
    theirs: each(({ name, position }) => raw.read(name, position, LIMITS.leafBytes)),
  })
  return done(
    { case: `${label}, ${size.shardMib} MiB shards`, metric: 'audit read of a leaf', peer: raw.name },
    wanted.length,
    ours,
    theirs,
  )
}

async function listAll({ contest, keeper, size }: Race, listed: number): Promise<BenchRecord[]> {
  const { label, raw } = contest
  const names = Array.from({ length: listed }, () => pathOf({ segment: randomBytes(32), index: 1 }))
  await inFlight(PLANTED_AT_ONCE, names, (name) => contest.plant(name))
  const folders = [...new Set(names.map((name) => name.slice(0, folderName(0).length)))]
  const all = (list: () => Promise<number>) => async () => {
    if ((await list()) < listed) throw new Error(`${label}: names are missing in a listing`)
  }
  const { ours, theirs } = await alternately(size.rounds, { ours: all(() => keeper.list()), theirs: all(() => raw.list(folders)) })
  return done({ case: `${label}, ${listed} shards`, metric: 'listing: for each name', peer: raw.name }, listed, ours, theirs)
}

/** One object, one piece after the other. */
async function readPieces({ contest: { label, raw, objects }, size }: Race): Promise<BackendsFindings> {
  const found: BackendsFindings = { records: [], figures: [] }
  if (!objects) return found
  const large = randomBytes(size.largeMib * MIB)
  await objects.put('large', large.length, () => chunksOf(large))
  await raw.put('large', large)
  for (const pieceMib of size.piecesMib) {
    const piece = pieceMib * MIB
    const into = new Uint8Array(piece)
    const whole = (read: (position: number) => Promise<number | undefined>) => async () => {
      for (let at = 0; at < large.length; at += piece) mustCome(await read(at), piece)
    }
    const { ours, theirs, iterated } = await alternately(size.rounds, {
      ours: whole((at) => objects.read('large', into, at)),
      theirs: whole((at) => raw.read('large', at, piece)),
      iterated: whole(async (at) => await raw.iterate?.('large', at, piece)),
    })
    const base = { case: `${label}, ${size.largeMib} MiB in pieces of ${pieceMib} MiB`, metric: 'read' }
    found.records.push(...moved({ ...base, peer: raw.name }, large.length, ours, theirs))
    const price = rounded((iterated.cpuSeconds / large.length) * GB)
    found.figures.push({ ...base, metric: `read: ${raw.name}, by asynchronous iteration`, unit: 'CPU s/GB', value: price })
  }
  return found
}

function mustCome(came: number | undefined, wanted: number): void {
  if (came !== wanted) throw new Error(`${came} bytes came where ${wanted} were asked for`)
}
