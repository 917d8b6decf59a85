/**
 * One provider under audit for some hours: draws at exponential times, asked by the verifiers that the beacon names, judged, contained
 * and told to standing by the functions of core/audit alone. What comes of a draw is played to its end before the next draw is.
 *
 * @module
 */
import {
  afterOutcome,
  AUDIT_PROMISE,
  CLEAR,
  drawnLeafOf,
  drawnShard,
  drawsOfRound,
  isBeyondAllowance,
  judge,
  judgeLeaf,
  leafColumn,
  meanDrawIntervalMs,
  newcomer,
  SILENCE,
  verifierOrder,
  type Evidence,
  type Order,
  type ShardState,
  type Standing,
} from '@lunarx/core/audit'
import { itemAt } from '@lunarx/core/model'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { stream } from '../vectors/stream.ts'
import type { Behaviour } from './behaviour.ts'
import { evidenceOf, findingOf, PROVIDER, VERIFIERS, type Question } from './papers.ts'
import type { HeldShard } from './shards.ts'

const HOUR_MS = 3_600_000
export const INTERVAL_MS = meanDrawIntervalMs(AUDIT_PROMISE)
/** A drawn verifier that has brought nothing the quorum takes for so long is passed over. */
const GRACE_MS = 600_000

export interface TrialOptions {
  readonly shards: readonly HeldShard[]
  readonly behaviour: Behaviour
  /** Of the beacon. */
  readonly seed: string
  readonly untilMs: number
  /** Peers that bring a transcript of "proved" without having asked. */
  readonly colluding?: ReadonlySet<string>
  /** Goes on after the first finding, until the provider is suspended. */
  readonly isToTheEnd?: boolean
}

export class Trial {
  draws = 0
  /** A shard stopped earning. */
  foundMs: number | undefined
  /** A shard counts as missing. */
  countedMs: number | undefined
  suspendedMs: number | undefined
  debits = 0
  /** Transcripts of colluding verifiers that the quorum refused, and that it took. */
  refused = 0
  deceived = 0
  readonly #options: TrialOptions
  readonly #lossesMs: number[] = []
  #standing: Standing = { ...newcomer(0), state: 'trusted', proofs: 100, provedEver: 1_000 }

  constructor(options: TrialOptions) {
    this.#options = options
  }

  run(): this {
    const { shards, seed, untilMs, isToTheEnd } = this.#options
    const column = leafColumn(shards.map(({ bytes }) => bytes.length))
    for (let round = 0; round * HOUR_MS < untilMs; round++) {
      const value = stream(`${seed} ${round}`, 32)
      const source = {
        value,
        provider: PROVIDER,
        startMs: round * HOUR_MS,
        untilMs: Math.min(untilMs, (round + 1) * HOUR_MS),
        meanMs: INTERVAL_MS,
      }
      for (const { seed: drawn, sequence, dueMs } of drawsOfRound(source, crypto)) {
        this.draws++
        const at = drawnShard(drawn, column) ?? 0
        const shard = itemAt(shards, at)
        const leaf = drawnLeafOf(drawn, shard.bytes.length)
        this.#follow(at, drawn, { shard, leaf, round, sequence, askedFor: 'draw', value, atMs: dueMs })
        if ((isToTheEnd ? this.suspendedMs : this.foundMs) !== undefined) return this
      }
    }
    return this
  }

  /** A question and everything that follows from it. */
  #follow(at: number, seed: Uint8Array, first: Question): void {
    let state: ShardState = CLEAR
    let question = first
    let notIn: ReadonlySet<string> = new Set()
    do {
      const { evidence, atMs } = this.#ask(at, seed, question, notIn)
      const judged = judge(state, evidence, { nowMs: atMs, heartbeatsSinceMs: 0, isInMaintenance: false })
      state = judged.state
      if (state.kind !== 'clear') this.foundMs ??= atMs
      for (const order of judged.orders) this.#obey(order, atMs)
      notIn = new Set(state.kind === 'contained' && state.askedFrom.length < 3 ? state.askedFrom : [])
      question = { ...first, askedFor: 'containment', atMs: atMs + SILENCE.askAgainMs }
    } while (state.kind === 'contained')
  }

  #obey(order: Order, atMs: number): void {
    if (order.kind === 'credit') this.#standing = afterOutcome(this.#standing, { kind: 'proof' }, atMs)
    if (order.kind === 'debit') this.debits++
    if (order.kind === 'count' && order.as === 'missing') this.countedMs ??= atMs
    if (order.kind !== 'loss') return
    if (order.transcript && isBeyondAllowance(this.#lossesMs, atMs, this.#options.shards.length)) {
      this.#standing = afterOutcome(this.#standing, { kind: 'failure', transcript: order.transcript }, atMs)
      if (this.#standing.state === 'suspended') this.suspendedMs ??= atMs
    }
    this.#lossesMs.push(atMs)
  }

  /** The first verifier in the beacon's order whose transcript the quorum takes. */
  #ask(
    at: number,
    seed: Uint8Array,
    question: Question,
    notIn: ReadonlySet<string>,
  ): { readonly evidence: Evidence; readonly atMs: number } {
    const { shard, leaf } = question
    const { behaviour, colluding } = this.#options
    const others = verifierOrder(seed, VERIFIERS, notIn, crypto)
    // Those that have asked before come last: where all others collude or are away, they ask once more.
    const order = [...others, ...verifierOrder(seed, VERIFIERS, new Set(others.map(({ domain }) => domain)), crypto)]
    let { atMs } = question
    for (const [place, verifier] of order.entries()) {
      if (!colluding?.has(verifier.peer)) {
        const said = behaviour({ shard, at, leaf, isAgain: question.askedFor === 'containment' })
        const isProved = said && !said.challenge && judgeLeaf(shard.record, { index: shard.index, leaf }, said, crypto) === 'proved'
        // What fits needs no papers here: core/audit's own tests show that they say the same.
        if (isProved) return { evidence: { kind: 'proved', leaf }, atMs }
        return { evidence: evidenceOf({ ...question, atMs }, said, order.slice(place)), atMs }
      }
      const finding = findingOf(
        { ...question, atMs },
        undefined,
        order.filter(({ peer }) => colluding.has(peer)),
        'proved',
      )
      if (finding.kind === 'valid') this.deceived++
      else this.refused++
      atMs += GRACE_MS
    }
    throw new Error('every verifier colludes')
  }
}
