/**
 * What repair costs trackers, and what it costs those who read meanwhile: a provider is killed and stays down, and its shards are rebuilt,
 * while a client reads small ranges.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startClient, type ClientHandle } from './client-handle.ts'
import { startFleet } from './fleet.ts'
import { cpuSecondsOf } from './processes.ts'
import type { Program } from './program.ts'
import { lessIsBetter, moreIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'
import { measureTls } from './tls.ts'
import { MIB, writeRandom } from './workbench.ts'

export interface RepairSize {
  readonly objects: number
  readonly objectMib: number
  /** Reads before the loss; during the repair as many as there are until it is done. */
  readonly reads: number
}

const TRACKERS = 3
/** One more than a set of 4+2 needs, so that a lost shard finds a place. */
const PROVIDERS = 7
const READ_BYTES = 64 * 1024
const LOOK_MS = 200
/** Silence until a shard is rebuilt, and the repair itself. */
const PATIENCE_MS = 15 * 60_000
const P99 = 0.99

export async function benchRepair(
  size: RepairSize,
  folder: string,
  program: Program,
): Promise<{ records: BenchRecord[]; figures: BenchFigure[] }> {
  const home = join(folder, 'repair')
  await using fleet = await startFleet(home, { providers: PROVIDERS, survive: 2 }, program)
  await using client = await startClient(fleet.environment, program)
  const file = join(folder, 'object')
  await writeRandom(file, size.objectMib * MIB)
  for (let i = 0; i < size.objects; i++) await client.order({ kind: 'put', name: `object/${i}`, file, class: '4+2' })
  const reader = new Reader(client, size)
  for (let i = 0; i < size.reads; i++) await reader.read() // warm
  const before = await reader.readWhile((done) => done < size.reads)
  const trackers = fleet.pids.slice(0, TRACKERS)
  const idle = await idleRate(trackers)
  await fleet.stopProviders(1)
  const repair = await watchRepair(home, trackers, reader, idle)
  const bytes = repair.shards * Math.ceil(repair.shardBytes)
  const copy = async (direction: 'get' | 'put'): Promise<number> =>
    (await measureTls({ direction, connections: 4, bytesPerConnection: Math.ceil(bytes / 4) }, folder, program)).cpuSeconds
  const copyCpuSeconds = (await copy('get')) + (await copy('put'))
  const label = `4+2, ${size.objects} × ${size.objectMib} MiB, a provider of ${PROVIDERS} gone`
  const record = { name: 'tracker', case: label }
  const figure = (metric: string, unit: string, value: number): BenchFigure => ({ case: label, metric, unit, value: rounded(value) })
  return {
    records: [
      moreIsBetter({
        ...record,
        metric: 'repair: rebuilt',
        unit: 'MB/CPU s',
        ours: bytes / 1e6 / repair.cpuSeconds,
        peer: 'plain copy: as much received and sent by bare node:tls',
        theirs: bytes / 1e6 / copyCpuSeconds,
      }),
      lessIsBetter({
        ...record,
        metric: 'read of 64 KiB during the repair: p99',
        unit: 'ms',
        ours: quantile(repair.latencies, P99),
        peer: 'the same before the loss',
        theirs: quantile(before, P99),
      }),
    ],
    figures: [
      figure('shards rebuilt', 'count', repair.shards),
      figure('repair: wall', 'MB/s', bytes / 1e6 / repair.seconds),
      figure('read before the loss: median', 'ms', quantile(before, 0.5)),
      figure('read during the repair: median', 'ms', quantile(repair.latencies, 0.5)),
      figure('reads during the repair', 'count', repair.latencies.length),
    ],
  }
}

/** Reads one small range after another, of objects in turn. */
class Reader {
  readonly #client: ClientHandle
  readonly #size: RepairSize
  #reads = 0

  constructor(client: ClientHandle, size: RepairSize) {
    this.#client = client
    this.#size = size
  }

  /** @returns milliseconds */
  async read(): Promise<number> {
    const at = this.#reads++
    const offset = (at * 7 * READ_BYTES) % (this.#size.objectMib * MIB - READ_BYTES)
    const range = { offset, length: READ_BYTES }
    const { wallSeconds } = await this.#client.order({ kind: 'get', name: `object/${at % this.#size.objects}`, range })
    return wallSeconds * 1_000
  }

  /** @param goesOn asked with the number of reads so far */
  async readWhile(goesOn: (done: number) => boolean): Promise<number[]> {
    const latencies: number[] = []
    while (goesOn(latencies.length)) latencies.push(await this.read())
    return latencies
  }
}

async function idleRate(pids: readonly number[]): Promise<number> {
  const [before, began] = [cpuSecondsOf(pids), performance.now()]
  await sleep(5_000)
  return ((cpuSecondsOf(pids) - before) * 1_000) / (performance.now() - began)
}

interface Repair {
  readonly shards: number
  readonly shardBytes: number
  /** Of all trackers, from the first shard to the last, less what they take when idle. */
  readonly cpuSeconds: number
  readonly seconds: number
  readonly latencies: readonly number[]
}

/** @throws {Error} not begun and done within a quarter of an hour */
async function watchRepair(home: string, pids: readonly number[], reader: Reader, idle: number): Promise<Repair> {
  const limitMs = performance.now() + PATIENCE_MS
  const until = async (isSo: (now: Gauges) => boolean): Promise<Gauges> => {
    for (;;) {
      const now = await readGauges(home)
      if (isSo(now)) return now
      if (performance.now() > limitMs) throw new Error(`the repair is not done: ${JSON.stringify(now)}`)
      await sleep(LOOK_MS)
    }
  }
  const full = await until(({ shards }) => shards > 0)
  await until(({ repaired }) => repaired > 0)
  const [cpu, began] = [cpuSecondsOf(pids), performance.now()]
  let isDone = false
  const reading = reader.readWhile(() => !isDone)
  try {
    const { repaired } = await until(({ shards }) => shards === 0)
    const seconds = (performance.now() - began) / 1_000
    const cpuSeconds = cpuSecondsOf(pids) - cpu - idle * seconds
    return { shards: repaired, shardBytes: full.bytes / full.shards, cpuSeconds, seconds, latencies: await stopped() }
  } finally {
    await stopped().catch(() => undefined)
  }
  function stopped(): Promise<number[]> {
    isDone = true
    return reading
  }
}

interface Gauges {
  /** Backlog. */
  readonly shards: number
  readonly bytes: number
  readonly repaired: number
}

/** Of all trackers together. */
async function readGauges(home: string): Promise<Gauges> {
  const sum = { shards: 0, bytes: 0, repaired: 0 }
  for (let i = 0; i < TRACKERS; i++) {
    const { listen } = JSON.parse(await readFile(join(home, `tracker-${i}`, 'run.json'), 'utf8')) as {
      listen: { host: string; healthPort: number }
    }
    const text = await (await fetch(`http://${listen.host}:${listen.healthPort}/metrics`)).text()
    const value = (name: string): number => Number(new RegExp(`^lunarx_tracker_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
    sum.shards += value('backlog_shards')
    sum.bytes += value('backlog_bytes')
    sum.repaired += value('repaired_shards_total')
  }
  return sum
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
