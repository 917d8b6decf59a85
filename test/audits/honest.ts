/**
 * Honest providers under audit in bad weather: none may be punished. And the same without containment, where some must be, or this
 * would prove nothing.
 *
 * Bits rot 300 times faster than stated (allowance.ts), or none would in the time. A provider that finds by a question that it has
 * lost something scrubs, and reports the rest first.
 *
 * @module
 */
import {
  afterOutcome,
  BIT_ROT,
  CLEAR,
  drawnLeafOf,
  drawnShard,
  drawsOfRound,
  isBeyondAllowance,
  judge,
  leafColumn,
  newcomer,
  SILENCE,
  verifierOrder,
  type Draw,
  type Evidence,
  type Judgement,
  type Order,
  type ShardState,
  type Standing,
} from '@lunarx/core/audit'
import { itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { stream } from '../vectors/stream.ts'
import { PROVIDER, VERIFIERS } from './papers.ts'
import { INTERVAL_MS } from './trial.ts'
import { Weather } from './weather.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ROT_FASTER = 300
const SHARDS = 200
const SHARD_BYTES = 8 * 16_384
const COLUMN = leafColumn(Array.from({ length: SHARDS }, () => SHARD_BYTES))
const ZONES = [...new Set(VERIFIERS.map(({ domain }) => domain))]
const DAYS = 3
const UNTIL_MS = DAYS * DAY_MS

export interface HonestTally {
  providers: number
  audits: number
  /** Questions that got no answer in time. */
  silent: number
  /** Shards that were contained, and that counted as missing for a while. */
  contained: number
  missing: number
  /** Leaves that had rotted when they were asked. */
  rotten: number
  debits: number
  suspended: number
  expelled: number
  /** Providers that were suspended, expelled or debited. */
  punished: number
}

export interface HonestOptions {
  /** At least so many questions. */
  readonly audits: number
  readonly seed: number
  /** False: silence is held for guilt. */
  readonly isContaining: boolean
}

export function auditHonest(options: HonestOptions): HonestTally {
  const tally: HonestTally = {
    providers: 0,
    audits: 0,
    silent: 0,
    contained: 0,
    missing: 0,
    rotten: 0,
    debits: 0,
    suspended: 0,
    expelled: 0,
    punished: 0,
  }
  while (tally.audits < options.audits) {
    new HonestProvider(options, tally).run()
    tally.providers++
  }
  return tally
}

class HonestProvider {
  readonly #tally: HonestTally
  readonly #isContaining: boolean
  readonly #name: string
  readonly #weather: Weather
  readonly #lossesMs: number[] = []
  /** Leaf of the column → when it rotted. */
  readonly #rotten = new Map<number, number>()
  #standing: Standing = { ...newcomer(0), state: 'trusted', proofs: 100, provedEver: 1_000 }
  #debits = 0

  constructor({ seed, isContaining }: HonestOptions, tally: HonestTally) {
    this.#tally = tally
    this.#isContaining = isContaining
    this.#name = `${seed} ${tally.providers}`
    const random = new SeededRandom(this.#name)
    this.#weather = new Weather(random.fork('weather'), ZONES, UNTIL_MS)
    const rot = random.fork('rot')
    const everyMs = (365 * DAY_MS) / (SHARDS * BIT_ROT.shardsPerYear * ROT_FASTER)
    for (let atMs = rot.exponential(everyMs); atMs < UNTIL_MS; atMs += rot.exponential(everyMs))
      this.#rotten.set(rot.below(COLUMN.leaves), atMs)
  }

  run(): void {
    for (let round = 0; round < 24 * DAYS; round++) {
      const source = {
        value: stream(`${this.#name} ${round}`, 32),
        provider: PROVIDER,
        startMs: round * HOUR_MS,
        untilMs: (round + 1) * HOUR_MS,
      }
      for (const draw of drawsOfRound({ ...source, meanMs: INTERVAL_MS }, crypto)) {
        if (this.#weather.heartbeatsSinceMs(draw.dueMs) === null && draw.dueMs >= this.#weather.retiredMs) break // no longer audited
        this.#follow(draw)
      }
    }
    const { state } = this.#standing
    if (state === 'suspended') this.#tally.suspended++
    if (state === 'expelled') this.#tally.expelled++
    this.#tally.debits += this.#debits
    if (this.#debits > 0 || state === 'suspended' || state === 'expelled') this.#tally.punished++
  }

  #follow({ seed, dueMs }: Draw): void {
    const shard = drawnShard(seed, COLUMN) ?? 0
    const leaf = drawnLeafOf(seed, SHARD_BYTES)
    let state: ShardState = CLEAR
    let nowMs = dueMs
    // The first in the drawn order, without drawing it: 10^6 orders of nine take a minute, and zones are all that matters here.
    let zone = itemAt(VERIFIERS, (seed[31] ?? 0) % VERIFIERS.length).domain
    for (;;) {
      const { evidence, lateMs } = this.#ask(shard, leaf, nowMs, zone)
      state = this.#judge(state, evidence, nowMs).state
      if (lateMs !== undefined && lateMs < SILENCE.askAgainMs) state = this.#judge(state, { kind: 'proved', leaf }, nowMs + lateMs).state
      for (let isAsked = false; !isAsked;) {
        if (state.kind !== 'contained') return
        nowMs += SILENCE.askAgainMs
        if (nowMs > UNTIL_MS + DAY_MS || nowMs >= this.#weather.retiredMs) return
        const judged = this.#judge(state, { kind: 'time' }, nowMs)
        state = judged.state
        isAsked = judged.orders.some(({ kind }) => kind === 'ask-again')
      }
      const askedFrom = state.kind === 'contained' && state.askedFrom.length < ZONES.length ? state.askedFrom : []
      const order = verifierOrder(seed, VERIFIERS, new Set(askedFrom), crypto)
      zone = itemAt(order, Math.floor(nowMs / SILENCE.askAgainMs) % order.length).domain
    }
  }

  #ask(shard: number, leaf: number, nowMs: number, zone: string): { readonly evidence: Evidence; readonly lateMs?: number } {
    this.#tally.audits++
    const answerMs = this.#weather.answerMs(nowMs, zone)
    const rottenMs = this.#rotten.get(shard * (COLUMN.leaves / SHARDS) + leaf)
    if (answerMs !== undefined && !Weather.isLate(answerMs)) {
      if (rottenMs === undefined || rottenMs > nowMs) return { evidence: { kind: 'proved', leaf } }
      this.#scrub(nowMs)
      this.#tally.rotten++
      return { evidence: { kind: 'lost', leaf, isFirst: false, transcript: stream(this.#name, 32) } }
    }
    this.#tally.silent++
    const silent = { kind: 'silent', leaf, domain: zone } as const
    return answerMs === undefined || rottenMs !== undefined ? { evidence: silent } : { evidence: silent, lateMs: answerMs }
  }

  /** Finds everything that has rotted by now: reported first, and replaced. */
  #scrub(nowMs: number): void {
    for (const [leaf, atMs] of this.#rotten) if (atMs <= nowMs) this.#rotten.delete(leaf)
  }

  #judge(state: ShardState, evidence: Evidence, nowMs: number): Judgement {
    if (!this.#isContaining && evidence.kind === 'silent') {
      this.#standing = afterOutcome(this.#standing, { kind: 'failure', transcript: stream('silence', 32) }, nowMs)
      return { state: CLEAR, orders: [] }
    }
    const heartbeatsSinceMs = this.#weather.heartbeatsSinceMs(nowMs)
    const isInMaintenance = this.#weather.has('upgrade', nowMs)
    const judged = judge(state, evidence, { nowMs: nowMs + this.#weather.skewMs, heartbeatsSinceMs, isInMaintenance })
    if (state.kind === 'clear' && judged.state.kind === 'contained') this.#tally.contained++
    for (const order of judged.orders) this.#obey(order, nowMs)
    return judged
  }

  #obey(order: Order, nowMs: number): void {
    if (order.kind === 'credit') this.#standing = afterOutcome(this.#standing, { kind: 'proof' }, nowMs)
    if (order.kind === 'debit') this.#debits++
    if (order.kind === 'count' && order.as === 'missing') this.#tally.missing++
    if (order.kind !== 'loss') return
    const isWeighing = order.transcript !== null && !order.isFirst && isBeyondAllowance(this.#lossesMs, nowMs, SHARDS)
    if (isWeighing && order.transcript)
      this.#standing = afterOutcome(this.#standing, { kind: 'failure', transcript: order.transcript }, nowMs)
    this.#lossesMs.push(nowMs)
  }
}
