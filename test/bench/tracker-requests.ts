/**
 * What trackers spend on sets that are reserved, committed and located over the wire, for a store.
 *
 * @module
 */
import { join } from 'node:path'
import { documentId, encodeBytes, SEGMENT_RECORD, type SignedDocument } from '@lunarx/core/document'
import type { RunConfig } from '@lunarx/core/membership'
import { makeRing, ringName } from '@lunarx/core/placement'
import type { RealPeers } from '@lunarx/net'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { commit, locate, reserve, unpackHolders, type Exchange } from '@lunarx/wire'
import { inFlight } from './alternate.ts'
import { verifyingMicroseconds, recordOf, sign } from './inventory-sides.ts'
import { cpuSecondsOf } from './processes.ts'
import type { Program } from './program.ts'
import { lessIsBetter, moreIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'
import { measureTls } from './tls.ts'
import { patiently, startTrackers, type TrackerNetwork } from './tracker-network.ts'

export interface RequestsSize {
  readonly sets: number
  /** Sets committed before, so that no figure is that of cold code. */
  readonly warmUp: number
  /** Questions under way at a time, of each kind. */
  readonly reservesAtOnce: number
  readonly commitsAtOnce: number
  readonly locatesAtOnce: number
  /** Sets that are reserved, committed and reported one behind the other. */
  readonly setsAtOnce: number
  /** Rounds over all sets. */
  readonly locateRounds: number
}

const PROVIDERS = 14
/** Between them they have as many questions under way as are wanted: one has 16 at most with a tracker, and keeps 8 connections for the next. */
const CLIENTS = 32
const LOCATED_AT_ONCE = 1_000

interface Sealed {
  readonly id: Uint8Array
  readonly record: SignedDocument
}

interface Found {
  readonly records: BenchRecord[]
  readonly figures: BenchFigure[]
}

const sealed = (n: number): Sealed => {
  const record = sign(recordOf(n))
  return { id: documentId(SEGMENT_RECORD, record, crypto), record }
}

/** @param kind of the store, as the table names it */
export async function benchRequests(
  kind: string,
  trackers: number,
  store: RunConfig['store'],
  size: RequestsSize,
  folder: string,
  program: Program,
): Promise<Found> {
  const fleet = { trackers, providers: PROVIDERS, clients: CLIENTS }
  await using network = await startTrackers(join(folder, `requests-${kind}-${trackers}`), fleet, store, program)
  const sets = Array.from({ length: size.warmUp + size.sets }, (_, n) => sealed(n))
  const [early, measured] = [sets.slice(0, size.warmUp), sets.slice(size.warmUp)]
  await put(network, early, size)
  const cost = await put(network, measured, size)
  await locateAll(network, early, 1, size.locatesAtOnce)
  const located = await locateAll(network, measured, size.locateRounds, size.locatesAtOnce)
  const floor = verifyingMicroseconds(1_000)
  const tls = await measureTls({ direction: 'put', connections: 1, bytesPerConnection: located.bytes }, folder, program)
  const label = `${kind}, ${trackers === 1 ? '1 tracker' : `${trackers} trackers`}, 10+4`
  const record = { name: 'tracker', case: label }
  const microseconds = (cpuSeconds: number, count: number): number => (cpuSeconds / count) * 1e6
  const figure = (metric: string, unit: string, value: number): BenchFigure => ({ case: label, metric, unit, value: rounded(value) })
  const copies = network.trackers.length
  return {
    records: [
      moreIsBetter({
        ...record,
        metric: 'commit: sets per CPU second of all trackers',
        unit: 'sets/CPU s',
        ours: size.sets / cost.commitCpuSeconds,
        peer: 'bare node:crypto verify, once for each tracker',
        theirs: 1e6 / (copies * floor),
      }),
      lessIsBetter({
        ...record,
        metric: 'reserve, commit and report',
        unit: 'CPU µs per set',
        ours: microseconds(cost.reserveCpuSeconds + cost.commitCpuSeconds + cost.reportCpuSeconds, size.sets),
        peer: 'bare node:crypto verify, once for each tracker',
        theirs: copies * floor,
      }),
      moreIsBetter({
        ...record,
        metric: 'locate, 1,000 a question: ids per CPU second',
        unit: 'ids/CPU s',
        ours: located.ids / located.cpuSeconds,
        peer: 'bare node:tls sends as many bytes',
        theirs: located.ids / tls.cpuSeconds,
      }),
    ],
    figures: [
      figure('reserve', 'CPU µs per set', microseconds(cost.reserveCpuSeconds, size.sets)),
      figure('report: 14 statements to each tracker', 'CPU µs per set', microseconds(cost.reportCpuSeconds, size.sets)),
      figure('commit: wall', 'sets/s', size.sets / cost.commitSeconds),
      figure('locate: wall', 'ids/s', located.ids / located.seconds),
      figure('locate: answer', 'bytes per set', located.bytes / located.ids),
    ],
  }
}

interface PutCost {
  readonly reserveCpuSeconds: number
  readonly commitCpuSeconds: number
  readonly reportCpuSeconds: number
  readonly commitSeconds: number
}

/** So many at a time: what a tracker was told of is reported by its providers within seconds. */
async function put(network: TrackerNetwork, sets: readonly Sealed[], size: RequestsSize): Promise<PutCost> {
  const sum = { reserveCpuSeconds: 0, commitCpuSeconds: 0, reportCpuSeconds: 0, commitSeconds: 0 }
  for (let at = 0; at < sets.length; at += size.setsAtOnce) {
    const cost = await putSome(network, sets.slice(at, at + size.setsAtOnce), size)
    for (const key of Object.keys(sum) as (keyof PutCost)[]) sum[key] += cost[key]
  }
  return sum
}

/** As a client does, whose trackers are asked in the order of the ring. */
async function putSome(network: TrackerNetwork, sets: readonly Sealed[], size: RequestsSize): Promise<PutCost> {
  const { trackers, pids } = network
  const ring = makeRing(trackers.map(ringName), crypto)
  const ask = async <Q, A>(place: number, set: Sealed, exchange: Exchange<Q, A>, question: Q): Promise<A> => {
    const [first] = ring.owners(set.id, 1)
    const owner = trackers.find((tracker) => ringName(tracker) === first)
    if (!owner) throw new Error('nobody owns the set')
    return (await clientAt(network, place).ask(owner, exchange, question)).answer
  }
  const cpu = [cpuSecondsOf(pids)]
  await inFlight(size.reservesAtOnce, sets, (set, place) =>
    patiently(() => ask(place, set, reserve, { record: set.record, wanted: [], avoid: [] })),
  )
  cpu.push(cpuSecondsOf(pids))
  const began = performance.now()
  await inFlight(size.commitsAtOnce, sets, async (set, place) => {
    const { margin } = await patiently(() => ask(place, set, commit, { segment: set.id }))
    if (margin !== 4) throw new Error(`a set is committed with margin ${margin}`)
  })
  cpu.push(cpuSecondsOf(pids))
  const commitSeconds = (performance.now() - began) / 1_000
  await patiently(() => network.report())
  cpu.push(cpuSecondsOf(pids))
  const [before = 0, reserved = 0, committed = 0, reported = 0] = cpu
  const [reserveCpuSeconds, commitCpuSeconds, reportCpuSeconds] = [reserved - before, committed - reserved, reported - committed]
  return { reserveCpuSeconds, commitCpuSeconds, reportCpuSeconds, commitSeconds }
}

function clientAt({ clients }: TrackerNetwork, place: number): RealPeers {
  const client = clients[place % clients.length]
  if (!client) throw new Error('no client')
  return client
}

interface LocateCost {
  readonly ids: number
  readonly bytes: number
  readonly cpuSeconds: number
  readonly seconds: number
}

/** A question goes to the next tracker each time: all of them own all sets. */
async function locateAll(network: TrackerNetwork, sets: readonly Sealed[], rounds: number, atOnce: number): Promise<LocateCost> {
  const { trackers, pids } = network
  const questions: Uint8Array[][] = []
  for (let round = 0; round < rounds; round++)
    for (let at = 0; at < sets.length; at += LOCATED_AT_ONCE) questions.push(sets.slice(at, at + LOCATED_AT_ONCE).map(({ id }) => id))
  let [ids, bytes, asked] = [0, 0, 0]
  const [cpu, began] = [cpuSecondsOf(pids), performance.now()]
  await inFlight(atOnce, questions, async (segments, place) => {
    const tracker = trackers[asked++ % trackers.length]
    if (!tracker) throw new Error('no tracker')
    const { answer } = await clientAt(network, place).ask(tracker, locate, { segments, records: false })
    if (answer.found.some(({ holders }) => unpackHolders(holders, answer.providers).length < 10))
      throw new Error('a set is located with too few holders')
    ids += answer.found.length
    bytes += encodeBytes(answer).length
  })
  return { ids, bytes, cpuSeconds: cpuSecondsOf(pids) - cpu, seconds: (performance.now() - began) / 1_000 }
}
