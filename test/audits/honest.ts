/**
 * Honest providers under audit in bad weather: none may be punished. And the same without containment, where some must be, or this
 * would prove nothing.
 *
 * Draws come from the scheduler of trackers, one in each zone by a clock of its own, which is off by up to ten minutes: each begins an hour
 * at another time, and draws by itself while the beacon's value of its hour is not there. What rots are bytes of real shards: the
 * provider reads, looks, and signs what it then says, as node/provider/prove/prove-leaf.ts does, and what it signed is judged from the
 * documents. Bits rot 300 times faster than stated (allowance.ts), or none would in the time. A provider that finds by a question that it
 * has lost something scrubs, and reports the rest first.
 *
 * @module
 */
import {
  afterOutcome,
  BEACON_ROUND_MS,
  BIT_ROT,
  CLEAR,
  drawnLeafOf,
  drawnShard,
  isBeyondAllowance,
  judge,
  leafColumn,
  newcomer,
  PRIVATE_ROUND,
  SILENCE,
  verifierOrder,
  type Evidence,
  type Judgement,
  type Order,
  type ShardState,
  type Standing,
} from '@lunarx/core/audit'
import { itemAt } from '@lunarx/core/model'
import { verifyDraw } from '@lunarx/core/proof'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import { DueDraws, type DueDraw } from '../../node/tracker/audit/due-draws.ts'
import { stream } from '../vectors/stream.ts'
import { leafOf, holdShards, proofFrom } from './shards.ts'
import { evidenceOf, PROVIDER, VERIFIERS } from './papers.ts'
import { INTERVAL_MS } from './trial.ts'
import { Weather, type Trouble } from './weather.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ROT_FASTER = 300
const SHARDS = 200
/** These stand for all of them: what one shard is does not matter to any other. */
const HELD = await holdShards(10)
const heldAt = (shard: number) => itemAt(HELD, shard % HELD.length)
const COLUMN = leafColumn(Array.from({ length: SHARDS }, (_, shard) => heldAt(shard).bytes.length))
const ZONES = [...new Set(VERIFIERS.map(({ domain }) => domain))]
const DAYS = 3
const UNTIL_MS = DAYS * DAY_MS
/** Trackers look for draws that are due. A second in a real one: here the sooner for it. */
const LOOK_MS = 60_000
/** Later than every skew, so that no clock is before 1970. */
const EPOCH_MS = DAY_MS

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
  /** Draws that a tracker made by a secret of its own, since the beacon's value was not there. */
  withoutBeacon: number
  /** Providers that were drained and went for good. */
  retired: number
  /** What befell them. */
  readonly spells: Record<Trouble, number>
}

export interface HonestOptions {
  /** At least so many questions. */
  readonly audits: number
  readonly seed: number
  /** False: silence is held for guilt. */
  readonly isContaining: boolean
  /** False: it signs what its disk gives, without looking whether it is right. Default: true. */
  readonly isLooking?: boolean
  /** So many times as fast as stated bits rot. Default: 300. */
  readonly rotFaster?: number
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
    withoutBeacon: 0,
    retired: 0,
    spells: { upgrade: 0, reboot: 0, 'cut-off': 0, 'zone-cut': 0, overload: 0, 'hung-disk': 0 },
  }
  while (tally.audits < options.audits) {
    new HonestProvider(options, tally).run()
    tally.providers++
  }
  return tally
}

/** One question, and what it is for. */
interface Asked {
  readonly draw: DueDraw
  /** False: in containment. */
  readonly isFirst: boolean
  readonly shard: number
  readonly leaf: number
  readonly nowMs: number
  /** Of who asks. */
  readonly zone: string
}

/** The first in the drawn order, without drawing it: 10^6 orders of nine take a minute, and zones are all that matters here. */
const zoneOf = ({ seed }: DueDraw): string => itemAt(VERIFIERS, (seed[31] ?? 0) % VERIFIERS.length).domain

class HonestProvider {
  readonly #options: HonestOptions
  readonly #tally: HonestTally
  readonly #name: string
  readonly #weather: Weather
  readonly #trackers: readonly { readonly zone: string; readonly dueDraws: DueDraws }[]
  readonly #lossesMs: number[] = []
  /** Leaf of the column → when it rotted. */
  readonly #rotten = new Map<number, number>()
  #standing: Standing = { ...newcomer(0), state: 'trusted', proofs: 100, provedEver: 1_000 }
  #debits = 0
  #nowMs = 0

  constructor(options: HonestOptions, tally: HonestTally) {
    this.#options = options
    this.#tally = tally
    this.#name = `${options.seed} ${tally.providers}`
    const random = new SeededRandom(this.#name)
    this.#weather = new Weather(random.fork('weather'), ZONES, UNTIL_MS)
    const beaconValue = (round: number): Uint8Array | undefined => {
      const startMs = round * BEACON_ROUND_MS - EPOCH_MS
      return this.#nowMs >= this.#weather.beaconMs(startMs) ? this.#valueOf(round) : undefined
    }
    this.#trackers = ZONES.map((zone) => {
      const secret = stream(`${this.#name} ${zone}`, 32)
      return { zone, dueDraws: new DueDraws({ crypto, secret, meanMs: INTERVAL_MS, beaconValue }) }
    })
    const rot = random.fork('rot')
    const everyMs = (365 * DAY_MS) / (SHARDS * BIT_ROT.shardsPerYear * (options.rotFaster ?? ROT_FASTER))
    for (let atMs = rot.exponential(everyMs); atMs < UNTIL_MS; atMs += rot.exponential(everyMs))
      this.#rotten.set(rot.below(COLUMN.leaves), atMs)
  }

  run(): void {
    for (; this.#nowMs < Math.min(UNTIL_MS, this.#weather.retiredMs); this.#nowMs += LOOK_MS)
      for (const { zone, dueDraws } of this.#trackers) {
        const skewMs = EPOCH_MS + this.#weather.skewMs(zone)
        for (const draw of dueDraws.take([PROVIDER], this.#nowMs + skewMs, ZONES.length))
          if (draw.round === PRIVATE_ROUND || zoneOf(draw) === zone) this.#follow(draw, zone, draw.dueMs - skewMs)
      }
    this.#count()
  }

  #count(): void {
    const { retiredMs, spells } = this.#weather
    if (retiredMs < UNTIL_MS) this.#tally.retired++
    for (const { trouble, fromMs } of spells) if (fromMs < retiredMs) this.#tally.spells[trouble]++
    const { state } = this.#standing
    if (state === 'suspended') this.#tally.suspended++
    if (state === 'expelled') this.#tally.expelled++
    this.#tally.debits += this.#debits
    if (this.#debits > 0 || state === 'suspended' || state === 'expelled') this.#tally.punished++
  }

  /** @param tracker its zone: that of the tracker which carries the draw out, and judges by its clock; `atMs`: when that asks */
  #follow(draw: DueDraw, tracker: string, atMs: number): void {
    const { seed } = draw
    if (draw.round === PRIVATE_ROUND) this.#tally.withoutBeacon++
    const shard = drawnShard(seed, COLUMN) ?? 0
    const leaf = drawnLeafOf(seed, heldAt(shard).bytes.length)
    let state: ShardState = CLEAR
    let nowMs = atMs
    let zone = tracker
    for (let isFirst = true; ; isFirst = false) {
      const { evidence, lateMs } = this.#ask({ draw, isFirst, shard, leaf, nowMs, zone })
      state = this.#judge(state, evidence, nowMs, tracker).state
      if (lateMs !== undefined && lateMs < SILENCE.askAgainMs)
        state = this.#judge(state, { kind: 'proved', leaf }, nowMs + lateMs, tracker).state
      for (let isAsked = false; !isAsked;) {
        if (state.kind !== 'contained') return
        nowMs += SILENCE.askAgainMs
        if (nowMs > UNTIL_MS + DAY_MS || nowMs >= this.#weather.retiredMs) return
        const judged = this.#judge(state, { kind: 'time' }, nowMs, tracker)
        state = judged.state
        isAsked = judged.orders.some(({ kind }) => kind === 'ask-again')
      }
      const askedFrom = state.kind === 'contained' && state.askedFrom.length < ZONES.length ? state.askedFrom : []
      const order = verifierOrder(seed, VERIFIERS, new Set(askedFrom), crypto)
      zone = itemAt(order, Math.floor(nowMs / SILENCE.askAgainMs) % order.length).domain
    }
  }

  #ask(asked: Asked): { readonly evidence: Evidence; readonly lateMs?: number } {
    const { shard, leaf, nowMs, zone } = asked
    this.#tally.audits++
    const answerMs = this.#weather.answerMs(nowMs, zone)
    const rottenMs = this.#rotten.get(shard * (COLUMN.leaves / SHARDS) + leaf)
    if (answerMs !== undefined && !Weather.isLate(answerMs)) {
      if (rottenMs === undefined || rottenMs > nowMs) return { evidence: { kind: 'proved', leaf } }
      this.#tally.rotten++
      return { evidence: this.#answerRotten(asked) }
    }
    this.#tally.silent++
    const silent = { kind: 'silent', leaf, domain: zone } as const
    return answerMs === undefined || rottenMs !== undefined ? { evidence: silent } : { evidence: silent, lateMs: answerMs }
  }

  /** Reads, looks whether it is right, signs; and what verifiers find in that, by clocks that are off. */
  #answerRotten({ draw: { round, sequence }, isFirst, shard, leaf, nowMs, zone }: Asked): Evidence {
    const held = heldAt(shard)
    const { record, index } = held
    const bytes = Uint8Array.from(held.bytes)
    const [flipped = 0] = leafOf(bytes, leaf)
    leafOf(bytes, leaf)[0] = flipped ^ 1
    const read = proofFrom(held, bytes, leaf)
    const isRight = verifyDraw(leaf, read, { address: itemAt(record.addresses, index), shardBytes: record.shardBytes }, crypto)
    const isTold = isRight || this.#options.isLooking === false
    if (!isTold) this.#scrub(nowMs)
    // which leaf a tracker draws by a secret of its own nobody can check: as in containment
    const askedFor = isFirst && round !== PRIVATE_ROUND ? ('draw' as const) : ('containment' as const)
    const atMs = EPOCH_MS + nowMs + this.#weather.skewMs(zone)
    const question = { shard: held, leaf, round, sequence, askedFor, value: this.#valueOf(round), atMs }
    const verifiers = [...VERIFIERS].sort((a, b) => Number(b.domain === zone) - Number(a.domain === zone))
    return evidenceOf(question, { proof: isTold ? read : null }, verifiers)
  }

  #valueOf(round: number): Uint8Array {
    return stream(`${this.#name} ${round}`, 32)
  }

  /** Finds everything that has rotted by now: reported first, and replaced. */
  #scrub(nowMs: number): void {
    for (const [leaf, atMs] of this.#rotten) if (atMs <= nowMs) this.#rotten.delete(leaf)
  }

  /** @param tracker its zone: judges by its clock */
  #judge(state: ShardState, evidence: Evidence, nowMs: number, tracker: string): Judgement {
    if (!this.#options.isContaining && evidence.kind === 'silent') {
      this.#standing = afterOutcome(this.#standing, { kind: 'failure', transcript: stream('silence', 32) }, nowMs)
      return { state: CLEAR, orders: [] }
    }
    const heartbeatsSinceMs = this.#weather.heartbeatsSinceMs(nowMs)
    const isInMaintenance = this.#weather.has('upgrade', nowMs)
    const judged = judge(state, evidence, { nowMs: nowMs + this.#weather.skewMs(tracker), heartbeatsSinceMs, isInMaintenance })
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
