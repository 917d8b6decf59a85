/**
 * End to end beside other people's programs: one large file, and many small ones, put and got back by LunarX, by `rclone crypt` and by
 * `restic`, the latter two over one erasure-coded MinIO on the same disk. Wall time, and the CPU of all processes.
 *
 * Everybody in every round, each round in another order; medians. Every byte that comes back is compared.
 *
 * @module
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMinio } from '../../hack/servers/minio.ts'
import type { Contender } from './contender.ts'
import { lunarx, rcloneCrypt, resticBackup } from './contenders.ts'
import { startFleet } from './fleet.ts'
import { measure, median, type Span } from './processes.ts'
import type { Program } from './program.ts'
import { lessIsBetter, moreIsBetter, rounded, type BenchFigure, type BenchRecord } from './record.ts'
import { atWorkbench, GB, MIB, mustBe, sha256Of, writeRandom, type Workbench } from './workbench.ts'

export interface PeersBenchSize {
  readonly providers: number
  readonly sizeMib: number
  readonly smallCount: number
  readonly smallBytes: number
  readonly rounds: number
}

const LIMIT_MS = 120 * 60_000
const IDLE_MS = 10_000
const MINIO = { drives: 14, parity: 4 }
const VERBS = ['put', 'get'] as const
const LOADS = ['large', 'small'] as const
type Verb = (typeof VERBS)[number]
type Load = (typeof LOADS)[number]

/** Spans by load, verb and contender: one per round. */
type Spans = Map<string, Span[]>
const keyOf = (load: Load, verb: Verb, { name }: Contender): string => `${load} ${verb} ${name}`

export interface PeersFindings {
  readonly records: BenchRecord[]
  readonly figures: BenchFigure[]
}

/** Prints what it is at to standard error. @throws {Error} other bytes came back, a program failed, or it took two hours */
export async function benchPeers(size: PeersBenchSize, program: Program): Promise<PeersFindings> {
  return await atWorkbench(LIMIT_MS, async (workbench) => {
    const { folder, opened } = workbench
    console.error('starting MinIO')
    const minio = opened.use(await startMinio({ folder: join(folder, 'minio'), ...MINIO }))
    console.error(`starting 3 trackers and ${size.providers} providers`)
    const fleet = opened.use(await startFleet(join(folder, 'network'), { providers: size.providers, survive: 1 }, program))
    const ours = ['10+4', '4+2'].map((className) => lunarx(className, fleet, program, workbench))
    const theirs = [await rcloneCrypt(minio, workbench), await resticBackup(minio, workbench)]
    const all = { large: [...ours, ...theirs], small: [...ours.slice(0, 1), ...theirs] }
    const idle = [await idleFigure('LunarX', fleet.pids), await idleFigure('MinIO', [minio.pid])]
    const spans: Spans = new Map()
    for (let round = 0; round < size.rounds; round++)
      for (const load of LOADS) {
        console.error(`${load}: round ${round + 1} of ${size.rounds}`)
        await (load === 'large' ? largeRound : smallRound)(size, round, turned(all[load], round), spans, workbench)
      }
    const found = findings(size, all, ours, theirs, spans)
    return { ...found, figures: [...idle, ...found.figures] }
  })
}

/** What servers cost that nobody asks anything: it is in every CPU figure, by wall time. */
async function idleFigure(who: string, pids: readonly number[]): Promise<BenchFigure> {
  const { wallSeconds, serverCpuSeconds } = await measure(pids, () => sleep(IDLE_MS))
  return { case: `${who}, ${pids.length} servers`, metric: 'idle', unit: 'CPU s/s', value: rounded(serverCpuSeconds / wallSeconds) }
}

const turned = <T>(items: readonly T[], by: number): T[] => [...items.slice(by % items.length), ...items.slice(0, by % items.length)]

async function timed(load: Load, verb: Verb, contender: Contender, spans: Spans, work: () => Promise<unknown>): Promise<void> {
  const span = await measure(contender.pids, work)
  const key = keyOf(load, verb, contender)
  spans.set(key, [...(spans.get(key) ?? []), span])
  console.error(`  ${key}: ${span.wallSeconds.toFixed(1)} s`)
}

/** A new file every round: restic stores what it has seen before only once. */
async function largeRound(
  { sizeMib }: PeersBenchSize,
  round: number,
  contenders: readonly Contender[],
  spans: Spans,
  { folder }: Workbench,
) {
  const [file, back] = [join(folder, `large-${round}`), join(folder, 'back')]
  const sha256 = await writeRandom(file, sizeMib * MIB)
  const nameFor = ({ name }: Contender): string => `large-${round}-${contenders.length}-${name.replaceAll(/[^\w+]/g, '-')}`
  for (const contender of contenders) await timed('large', 'put', contender, spans, () => contender.put(file, nameFor(contender)))
  for (const contender of contenders) {
    await timed('large', 'get', contender, spans, () => contender.get(nameFor(contender), back))
    mustBe(await sha256Of(back), sha256, contender.name)
    await rm(back)
  }
  for (const contender of contenders) await contender.remove(nameFor(contender))
  await rm(file)
}

async function smallRound(
  { smallCount, smallBytes }: PeersBenchSize,
  round: number,
  contenders: readonly Contender[],
  spans: Spans,
  { folder }: Workbench,
) {
  const [files, back] = [join(folder, `small-${round}`), join(folder, 'small-back')]
  await mkdir(files)
  const sums: string[] = []
  for (let i = 0; i < smallCount; i++) sums.push(await writeRandom(join(files, String(i)), smallBytes))
  const name = `small-${round}`
  for (const contender of contenders) await timed('small', 'put', contender, spans, () => contender.putSmall(files, name, smallCount))
  for (const contender of contenders) {
    await mkdir(back)
    await timed('small', 'get', contender, spans, () => contender.getSmall(name, back, smallCount))
    mustBe(String((await readdir(back)).length), String(smallCount), contender.name)
    for (const [i, sum] of sums.entries()) mustBe(await sha256Of(join(back, String(i))), sum, contender.name)
    await rm(back, { recursive: true })
  }
  for (const contender of contenders.filter((one) => !one.name.startsWith('LunarX'))) await contender.remove(name)
  await rm(files, { recursive: true })
}

function findings(
  size: PeersBenchSize,
  all: Readonly<Record<Load, readonly Contender[]>>,
  ours: readonly Contender[],
  theirs: readonly Contender[],
  spans: Spans,
): PeersFindings {
  const found: PeersFindings = { records: [], figures: [] }
  for (const load of LOADS)
    for (const verb of VERBS) {
      const middle = (contender: Contender, of: (span: Span) => number): number =>
        median((spans.get(keyOf(load, verb, contender)) ?? []).map(of))
      const amount = load === 'large' ? (size.sizeMib * MIB) / 1e6 : size.smallCount
      const gb = (load === 'large' ? size.sizeMib * MIB : size.smallCount * size.smallBytes) / GB
      const rate = (contender: Contender): number => amount / middle(contender, (span) => span.wallSeconds)
      const cpu = (contender: Contender): number => middle(contender, (span) => span.clientCpuSeconds + span.serverCpuSeconds) / gb
      for (const one of ours.filter((contender) => all[load].includes(contender)))
        for (const other of theirs) {
          const what = load === 'large' ? `${size.sizeMib} MiB, ${one.name}` : `${size.smallCount} × ${size.smallBytes / 1_024} KiB, LunarX`
          const common = { name: 'peers', case: what, peer: other.name } as const
          const unit = load === 'large' ? 'MB/s' : 'objects/s'
          found.records.push(moreIsBetter({ ...common, metric: `${verb}: speed`, unit, ours: rate(one), theirs: rate(other) }))
          const metric = `${verb}: CPU of all processes`
          found.records.push(lessIsBetter({ ...common, metric, unit: 'CPU s/GB', ours: cpu(one), theirs: cpu(other) }))
        }
      for (const contender of all[load])
        for (const [what, of] of [
          ['wall', (span: Span) => span.wallSeconds],
          ['client CPU', (span: Span) => span.clientCpuSeconds],
          ['server CPU', (span: Span) => span.serverCpuSeconds],
        ] as const)
          found.figures.push({
            case: `${load}, ${contender.name}`,
            metric: `${verb}: ${what}`,
            unit: 's',
            value: rounded(middle(contender, of)),
          })
    }
  return found
}
