/**
 * The audits of one tracker, made and joined. Starts nothing.
 *
 * @module
 */
import { beaconRoundAt, meanDrawIntervalMs, rowDrawsValue, verdictWord, type AuditPromise } from '@lunarx/core/audit'
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import type { ErasureEngine } from '@lunarx/core/erasure'
import type { Credential, PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Metrics } from '@lunarx/runtime/metrics'
import type { Random } from '@lunarx/runtime/random'
import type { KeyValueStore } from '@lunarx/runtime/store'
import type { Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import type { TrackerMap } from '../map/index.ts'
import type { TrackerRing } from '../ring/index.ts'
import { Auditor } from './auditor.ts'
import { Beacon, BeaconMemory } from './beacon/index.ts'
import { Cases } from './cases.ts'
import type { ContainDeps } from './contain.ts'
import { Convictions, KeptConvictions } from './convictions/index.ts'
import { Coverage } from './coverage.ts'
import { DueDraws } from './due-draws.ts'
import { HeartbeatQuestions } from './heartbeat-questions.ts'
import { AuditOrders } from './orders.ts'
import { OUTSIDE_OUTCOMES, Outsiders } from './outside/index.ts'
import { RowAuditor, RowLosses, RowSettler, type RowAuditorDeps } from './rows/index.ts'
import { Settler } from './settle.ts'
import type { SharedSets } from './shared/index.ts'
import { LeavesOnly, publicOrder, SlotKeys, SWEEP_OUTCOMES, Sweeper, SweepProgress, type AnswerSweepDeps } from './sweep/index.ts'
import type { RecheckDeps } from './recheck.ts'
import type { Standings } from './standings.ts'
import type { Transcripts } from './transcripts.ts'
import { Verifiers } from './verifiers.ts'
import { WithheldLeaves } from './withheld.ts'

export interface AuditsDeps {
  readonly network: string
  readonly promise: AuditPromise
  readonly domainKey: string
  readonly heartbeatMs: number
  readonly self: Credential
  readonly signKey: SignKey
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly ask: Ask
  readonly map: TrackerMap
  readonly fleet: Fleet
  readonly ring: TrackerRing
  readonly standings: Standings
  readonly sharedSets: SharedSets
  readonly transcripts: Transcripts
  /** Of what is known of audits. */
  readonly store: KeyValueStore
  readonly erasure: ErasureEngine
  /** Trackers by slot, of the epoch in force. */
  readonly trackerSlots: () => readonly PeerId[]
  /** Who hosts rows; undefined: no epoch is known. */
  readonly rowEpoch: RowAuditorDeps['rowEpoch']
  readonly isOver: (hex: string) => boolean
  readonly run: (name: string, work: (signal: AbortSignal) => Promise<void>) => void
}

export interface Audits {
  readonly auditor: Auditor
  readonly beacon: Beacon
  readonly cases: Cases
  readonly convictions: Convictions
  readonly coverage: Coverage
  readonly orders: AuditOrders
  readonly outsiders: Outsiders
  readonly promise: AuditPromise
  readonly questions: HeartbeatQuestions
  readonly rowAuditor: RowAuditor
  readonly rowSettler: RowSettler
  readonly settler: Settler
  readonly standings: Standings
  readonly transcripts: Transcripts
  /** What it takes to ask, and to judge again, for other trackers. */
  readonly asking: ContainDeps & RecheckDeps
  readonly sweeper: Sweeper
  readonly withheld: WithheldLeaves
  /** What it takes to answer for the sweep. */
  readonly answeringSweep: AnswerSweepDeps
}

/** @throws {LunarError} STORE_FAILED */
export async function makeAudits(deps: AuditsDeps): Promise<Audits> {
  const { clock, crypto, random, promise, metrics, standings, transcripts } = deps
  const outsiders = new Outsiders(deps)
  const beacon = new Beacon({
    ...deps,
    self: deps.self.peer,
    memory: await BeaconMemory.open(deps.store),
    verifierDomain: (peer) => outsiders.domainOf(peer),
  })
  const beaconValue = (round: number): Uint8Array | undefined => beacon.valueOf(round)
  const cases = new Cases()
  const coverage = new Coverage(clock, promise)
  const questions = new HeartbeatQuestions(deps)
  const verifiers = new Verifiers({ ...deps, outsiders })
  const settled = metrics.counter('lunarx_audit_settled_total', 'Shards written off by audits; held: not yet, for too many at once', [
    'verdict',
  ])
  const draws = metrics.counter('lunarx_audit_draws_total', 'Leaves that this tracker drew, by its verdict', ['verdict'])
  // there from the start: a rate needs a value before the first
  const asked = metrics.counter('lunarx_audit_outside_total', 'Leaves that outside verifiers were to ask for this tracker, by outcome', [
    'outcome',
  ])
  for (const verdict of verdictWord.options) draws.add(0, { verdict })
  for (const outcome of OUTSIDE_OUTCOMES) asked.add(0, { outcome })
  for (const verdict of ['disproved', 'lost', 'silent', 'held']) settled.add(0, { verdict })
  const settler = new Settler({ ...deps, verifiers, beaconValue, settled })
  const dueDraws = new DueDraws({ crypto, secret: random.bytes(32), meanMs: meanDrawIntervalMs(promise), beaconValue })
  const asking = { ...deps, self: deps.self.peer, questions, verifiers, outsiders }
  const auditor = new Auditor({ ...asking, dueDraws, cases, coverage, settler, draws, asked })
  const orders = new AuditOrders({
    clock,
    isKnown: (provider) => deps.fleet.standing(provider) !== undefined,
    trackers: () => 1 + deps.ring.reachable.length,
    askAtOnce: (provider, sequence, signal) => auditor.askAtOnce(provider, sequence, signal),
    run: deps.run,
  })
  const withheld = new WithheldLeaves({
    ...deps,
    cases,
    askForOwner: (drawn, sequence, signal) => auditor.askForOwner(drawn, sequence, signal),
  })
  const leavesOnly = await LeavesOnly.open(deps.store)
  const convictions = await makeConvictions(verifiers, leavesOnly, deps)
  const { sweeper, answeringSweep } = await makeSweep({ asking, auditor, beaconValue, leavesOnly, convictions }, deps)
  const { rowAuditor, rowSettler } = await makeRowAudits(asking, beaconValue, deps)
  const shown = {
    beacon,
    cases,
    convictions,
    coverage,
    orders,
    outsiders,
    promise,
    standings,
    transcripts,
    sweeper,
    rowAuditor,
    rowSettler,
  }
  return { ...shown, auditor, questions, settler, asking, withheld, answeringSweep }
}

async function makeRowAudits(
  asking: ContainDeps,
  beaconValue: (round: number) => Uint8Array | undefined,
  deps: AuditsDeps,
): Promise<Pick<Audits, 'rowAuditor' | 'rowSettler'>> {
  const { crypto, random, promise, metrics } = deps
  const lost = metrics.counter('lunarx_audit_rows_lost_total', 'Rows that providers had lost from under their own signature', ['verdict'])
  const asked = metrics.counter('lunarx_audit_rows_total', 'Rows that this tracker asked for, by who was asked and its verdict', [
    'asked',
    'verdict',
  ])
  for (const verdict of ['disproved', 'lost']) lost.add(0, { verdict })
  for (const who of ['holder', 'replica']) for (const verdict of verdictWord.options) asked.add(0, { asked: who, verdict })
  const losses = await RowLosses.open(deps)
  const shared = { ...deps, ...asking }
  const rowSettler = new RowSettler({ ...shared, losses, beaconValue, settled: lost })
  const dueDraws = new DueDraws({
    crypto,
    secret: random.bytes(32),
    meanMs: meanDrawIntervalMs(promise),
    beaconValue(round) {
      const value = beaconValue(round)
      return value && rowDrawsValue(value, crypto)
    },
  })
  return { rowSettler, rowAuditor: new RowAuditor({ ...shared, dueDraws, settler: rowSettler, asked }) }
}

async function makeConvictions(verifiers: Verifiers, leavesOnly: LeavesOnly, deps: AuditsDeps): Promise<Convictions> {
  const convicted = deps.metrics.counter(
    'lunarx_audit_convictions_total',
    'Tickets that were convicted since this process began, found here or told, by cause',
    ['cause'],
  )
  for (const cause of ['leaf', 'opening']) convicted.add(0, { cause })
  return await Convictions.open({ ...deps, verifiers, leavesOnly, convicted, kept: await KeptConvictions.open(deps) })
}

interface SweepParts {
  readonly asking: ContainDeps
  readonly auditor: Auditor
  readonly beaconValue: (round: number) => Uint8Array | undefined
  readonly leavesOnly: LeavesOnly
  readonly convictions: Convictions
}

async function makeSweep(
  { asking, auditor, beaconValue, leavesOnly, convictions }: SweepParts,
  deps: AuditsDeps,
): Promise<Pick<Audits, 'sweeper' | 'answeringSweep'>> {
  const { store, clock, metrics, promise, map } = deps
  const opened = metrics.counter('lunarx_audit_openings_total', 'Batches asked for other trackers, by what their opened tickets said', [
    'finding',
  ])
  const watermarks = metrics.counter('lunarx_audit_watermarks_total', 'Watermarks that this tracker swept, by what came of them', [
    'outcome',
  ])
  for (const outcome of SWEEP_OUTCOMES) watermarks.add(0, { outcome })
  const { sweepMs } = promise
  const slotKeys = await SlotKeys.open({ ...deps, self: deps.self.peer, isOwner: (owner) => map.sets.hasOwner(owner) })
  const progress = await SweepProgress.open({
    store,
    clock,
    sweepMs,
    orderOf: (startMs) => publicOrder(startMs, { ...deps, beaconValue }),
  })
  const shared = { ...deps, ...asking, slotKeys, convictions }
  const valueNow = (): Uint8Array | undefined => beaconValue(beaconRoundAt(clock.now()))
  const sweeper = new Sweeper({ ...shared, leavesOnly, progress, auditor, valueNow, watermarks })
  return { sweeper, answeringSweep: { ...shared, opened } }
}
