/**
 * What one client process costs: CPU of put and get by stage, resident memory, bytes moved for a range, speed with m providers gone.
 * The peer is bare mutual TLS that moves the same bytes in the same run.
 *
 * @module
 */
import { join } from 'node:path'
import { startClient, type Answer, type ClientHandle, type Order } from './client-handle.ts'
import { startFleet, type BenchFleet } from './fleet.ts'
import { median } from './processes.ts'
import type { Program } from './program.ts'
import { lessIsBetter, moreIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'
import { measureTls, type TlsReport } from './tls.ts'
import { atWorkbench, GB, MIB, mustBe, writeRandom, type Workbench } from './workbench.ts'

export interface ClientBenchSize {
  readonly providers: number
  readonly classes: readonly { readonly name: string; readonly required: number; readonly parity: number }[]
  readonly sizeMib: number
  /** Beside which the growth of memory is held. */
  readonly smallMib: number
  readonly rounds: number
}

const LIMIT_MS = 40 * 60_000
const TLS = 'bare node:tls, mutual, the same bytes'
type ErasureClass = ClientBenchSize['classes'][number]

interface Bench {
  readonly size: ClientBenchSize
  readonly program: Program
  readonly fleet: BenchFleet
  readonly workbench: Workbench
  /** `sizeMib` of random bytes. */
  readonly file: string
  readonly sha256: string
}

export interface ClientFindings {
  readonly records: BenchRecord[]
  readonly figures: BenchFigure[]
}

/** Prints what it is at to standard error. @throws {Error} other bytes came back, a process ended, or it took 40 minutes */
export async function benchClient(size: ClientBenchSize, program: Program): Promise<ClientFindings> {
  return await atWorkbench(LIMIT_MS, async (workbench) => {
    const { folder, opened } = workbench
    const file = join(folder, 'file')
    const sha256 = await writeRandom(file, size.sizeMib * MIB)
    await writeRandom(join(folder, 'small'), size.smallMib * MIB)
    console.error(`starting 3 trackers and ${size.providers} providers`)
    const survive = Math.max(...size.classes.map(({ parity }) => parity))
    const fleet = opened.use(await startFleet(join(folder, 'network'), { providers: size.providers, survive }, program))
    const bench: Bench = { size, program, fleet, workbench, file, sha256 }
    const found: ClientFindings = { records: [], figures: [] }
    for (const erasureClass of size.classes) {
      await speeds(erasureClass, bench, found)
      await memory(erasureClass, bench, found)
    }
    const [first] = size.classes
    if (first) await degraded(first, bench, found)
    return found
  })
}

type Verb = 'put' | 'get'

async function told<T extends TlsReport>(what: string, run: Promise<T>): Promise<T> {
  const report = await run
  console.error(`  ${what}: ${report.wallSeconds.toFixed(1)} s, CPU of the client ${report.cpuSeconds.toFixed(1)} s`)
  return report
}

const labelOf = ({ name }: ErasureClass, mib: number): string => `${name}, ${mib} MiB`
const record = (label: string, metric: string, unit: string) => ({ name: 'client', case: label, metric, unit }) as const

/** CPU of the client, its stages, and a range. */
async function speeds(erasureClass: ErasureClass, bench: Bench, { records, figures }: ClientFindings): Promise<void> {
  const { size, program, fleet, workbench, file, sha256 } = bench
  const { name: className, required, parity } = erasureClass
  const label = labelOf(erasureClass, size.sizeMib)
  const bytes = size.sizeMib * MIB
  const gb = bytes / GB
  await using client = await startClient(fleet.environment, program)
  const put = (name: string): Order => ({ kind: 'put', name, file, class: className })
  await told('put, to warm up', client.order(put('warm')))
  await mustComeBack(client, 'warm', sha256)
  const runs: { put: Answer; get: Answer; tlsPut: TlsReport; tlsGet: TlsReport }[] = []
  const [connections, bytesPerConnection] = [required + parity, Math.ceil(bytes / required)]
  const tls = (direction: Verb, count: number): Promise<TlsReport> =>
    measureTls({ direction, connections: count, bytesPerConnection }, workbench.folder, program)
  for (let round = 0; round < size.rounds; round++) {
    console.error(`${label}: round ${round + 1} of ${size.rounds}`)
    const name = `${className}/${round}`
    runs.push({
      put: await told('put', client.order(put(name))),
      tlsPut: await told('the same bytes by TLS', tls('put', connections)),
      get: await told('get', client.order({ kind: 'get', name })),
      tlsGet: await told('the same bytes by TLS', tls('get', required)),
    })
  }
  const middle = (of: (run: (typeof runs)[number]) => number): number => median(runs.map(of))
  for (const [verb, peer] of [
    ['put', 'tlsPut'],
    ['get', 'tlsGet'],
  ] as const) {
    const [ours, theirs] = [middle((run) => run[verb].cpuSeconds) / gb, middle((run) => run[peer].cpuSeconds) / gb]
    records.push(lessIsBetter({ ...record(label, `${verb}: CPU of the client`, 'CPU s/GB'), ours, peer: TLS, theirs }))
    figures.push({
      case: label,
      metric: `${verb}: speed`,
      unit: 'MB/s',
      value: rounded((gb * 1_000) / middle((run) => run[verb].wallSeconds)),
    })
  }
  const name = `${className}/profiled`
  figures.push(...stageFigures(label, 'put', await client.order({ ...put(name), profiled: true }), gb))
  figures.push(...stageFigures(label, 'get', await client.order({ kind: 'get', name, profiled: true }), gb))
  const range = { offset: Math.floor(bytes / 2) - MIB / 2, length: Math.min(MIB, bytes / 2) }
  const { readBytes } = await client.order({ kind: 'get', name, range })
  const ours = readBytes / MIB
  records.push(
    lessIsBetter({ ...record(label, 'range of 1 MiB: read', 'MiB'), ours, peer: 'the bytes asked for', theirs: range.length / MIB }),
  )
}

/** Shares of the profiled run, put on its CPU seconds. */
function stageFigures(label: string, verb: string, { cpuSeconds, stages = {} }: Answer, gb: number): BenchFigure[] {
  return Object.entries(stages).map(([stage, share]) => ({
    case: label,
    metric: `${verb}: ${stage}`,
    unit: 'CPU s/GB',
    value: rounded((share * cpuSeconds) / gb),
  }))
}

/** Of a fresh process each: what an earlier run left resident would hide what this one takes. */
async function memory(erasureClass: ErasureClass, bench: Bench, { records }: ClientFindings): Promise<void> {
  const { size, fleet, program, file, workbench } = bench
  const growth = async (order: Order): Promise<number> => {
    await using client = await startClient(fleet.environment, program)
    return (await client.order(order)).growthBytes / MIB
  }
  const { name: className } = erasureClass
  const small = join(workbench.folder, 'small')
  const peer = `the same with ${size.smallMib} MiB`
  for (const kind of ['put', 'get'] as const) {
    const order = (name: string, path: string): Order => (kind === 'put' ? { kind, name, file: path, class: className } : { kind, name })
    const theirs = await growth(order(`${className}/small`, small))
    const ours = await growth(order(`${className}/large`, file))
    records.push(lessIsBetter({ ...record(labelOf(erasureClass, size.sizeMib), `${kind}: resident growth`, 'MiB'), ours, peer, theirs }))
  }
}

/** Last: the providers stay down. */
async function degraded(erasureClass: ErasureClass, bench: Bench, { records }: ClientFindings): Promise<void> {
  const { size, fleet, program, sha256 } = bench
  const { name: className, parity } = erasureClass
  const name = `${className}/0`
  await using client = await startClient(fleet.environment, program)
  const get = async (): Promise<Answer> => await client.order({ kind: 'get', name })
  const rates = async (): Promise<{ wall: number; cpu: number }> => {
    const runs: Answer[] = []
    for (let round = 0; round < size.rounds; round++) runs.push(await get())
    const rate = (seconds: number): number => (size.sizeMib * MIB) / 1e6 / seconds
    return { wall: rate(median(runs.map((run) => run.wallSeconds))), cpu: rate(median(runs.map((run) => run.cpuSeconds))) }
  }
  await get()
  const healthy = await rates()
  console.error(`${className}: stopping ${parity} providers`)
  await fleet.stopProviders(parity)
  await mustComeBack(client, name, sha256)
  const without = await rates()
  const label = `${labelOf(erasureClass, size.sizeMib)}, ${parity} providers gone`
  const peer = 'the same with all providers'
  records.push(moreIsBetter({ ...record(label, 'get: speed', 'MB/s'), ours: without.wall, peer, theirs: healthy.wall }))
  records.push(moreIsBetter({ ...record(label, 'get: by CPU of the client', 'MB/CPU s'), ours: without.cpu, peer, theirs: healthy.cpu }))
}

async function mustComeBack(client: ClientHandle, name: string, expected: string): Promise<void> {
  const { sha256 } = await client.order({ kind: 'get', name, hashed: true })
  mustBe(sha256, expected, 'the client')
}
