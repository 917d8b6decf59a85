/**
 * sweep: due sets → records → plan → ticket → ask → bisect → the leaf at each place that did not fit.
 *
 * Every shard once in a round, by a watermark that was never asked before. Works ahead of nothing and catches up slowly: what was missed
 * while this tracker was away is left to the next round, and to draws.
 *
 * @module
 */
import { judgePlace, leavesAt, LEAF_ANSWER, type Transcript } from '@lunarx/core/audit'
import { readDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import type { DrawAnswer } from '@lunarx/core/proof'
import { utf8 } from '@lunarx/core/model'
import type { Counter } from '@lunarx/runtime/metrics'
import { Limit } from '@lunarx/runtime/tasks'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { TrackerMap } from '../../map/index.ts'
import type { Auditor } from '../auditor.ts'
import type { Convictions } from '../convictions/index.ts'
import type { Standings } from '../standings.ts'
import { askBatch, type AskBatchDeps, type BatchPapers } from './ask-batch.ts'
import { openDue, type DueRecordsDeps } from './due-records.ts'
import { dueSets, type DueSetsDeps } from './due-sets.ts'
import {
  leftNone,
  placeOf,
  planBatches,
  type Batch,
  type LeftToDraws,
  type Plan,
  type PlanBatchesDeps,
  type SweptPlace,
} from './plan-batches.ts'
import type { LeavesOnly } from './leaves-only.ts'
import type { SweepProgress } from './progress.ts'
import type { SlotKeys } from './slot-keys.ts'

export interface SweeperDeps extends DueSetsDeps, DueRecordsDeps, PlanBatchesDeps, AskBatchDeps {
  readonly map: TrackerMap
  readonly leavesOnly: LeavesOnly
  readonly slotKeys: SlotKeys
  readonly progress: SweepProgress
  readonly auditor: Pick<Auditor, 'askPlace'>
  readonly standings: Standings
  readonly convictions: Pick<Convictions, 'settle'>
  /** Beacon's value of the hour, where it has one. */
  readonly valueNow: () => Uint8Array | undefined
  /** Watermarks by what came of them. */
  readonly watermarks: Counter
}

/** What may come of a watermark that was swept. */
export const SWEEP_OUTCOMES = ['proved', 'wrong', 'lost', 'silent', 'away'] as const
type Outcome = (typeof SWEEP_OUTCOMES)[number]

/** A place that is asked by its leaf: its provider was away, or silent. */
interface Owed {
  readonly place: SweptPlace
  readonly round: number
}

interface Planned extends Plan {
  readonly unheard: readonly Uint8Array[]
}

/** What led to the question for a place. */
interface AskedPlace {
  readonly round: number
  /** Its place in the batch. */
  readonly at: number
  /** Undefined: it was not asked in a batch. */
  readonly papers: BatchPapers | undefined
}

export class Sweeper {
  readonly #deps: SweeperDeps
  readonly #limit = new Limit({ concurrent: TRACKER_LIMITS.audit.sweepsAtOnce, queued: TRACKER_LIMITS.providers })
  readonly #owed = new Map<PeerId, Owed[]>()
  /** Of the round that is asked. */
  #left: LeftToDraws = leftNone()
  #asked: Record<Outcome, number> = none()
  #round: number | undefined
  /** Sets of the round whose turn has come while none of their owners was heard: not asked yet. */
  #unheard: Uint8Array[] = []

  constructor(deps: SweeperDeps) {
    this.#deps = deps
  }

  /** For status; counts are of this process. */
  get status() {
    const { progress, slotKeys, leavesOnly } = this.#deps
    return {
      round: progress.last?.round ?? 0,
      done: progress.last?.done ?? 0,
      slots: slotKeys.slots,
      watermarks: { ...this.#asked },
      unkeyed: this.#left.unkeyed,
      spent: this.#left.spent,
      shared: this.#left.shared,
      wrongCodes: leavesOnly.size,
    }
  }

  /** Asks what has come due since the last time. */
  async beat(signal: AbortSignal): Promise<void> {
    await this.#askOwed(signal)
    const { progress } = this.#deps
    const { round } = progress.present
    this.#begin(round)
    await this.#carryOut(await this.#plan(this.#unheard.splice(0), round, signal), round, signal)
    for (;;) {
      const from = progress.present
      const due = progress.due(from.round)
      const until = Math.min(due, from.done + TRACKER_LIMITS.audit.duePart)
      this.#begin(from.round)
      if (!progress.last) await progress.advance(from)
      if (until <= from.done) return
      for (const stretch of await dueSets(from, until, this.#deps, signal)) {
        const plan = await this.#plan(stretch.segments, from.round, signal)
        await progress.advance({ ...from, done: stretch.until })
        await this.#carryOut(plan, from.round, signal)
      }
      if (until >= due) return
    }
  }

  async #plan(segments: readonly Uint8Array[], round: number, signal: AbortSignal): Promise<Planned> {
    const { sets, unheard } = await openDue(segments, round, this.#deps, signal)
    return { ...planBatches(sets, round, this.#deps), unheard }
  }

  async #carryOut({ batches, left, unheard }: Planned, round: number, signal: AbortSignal): Promise<void> {
    this.#unheard.push(...unheard.slice(0, TRACKER_LIMITS.audit.unheardSets - this.#unheard.length))
    this.#left.unkeyed += left.unkeyed
    this.#left.spent += left.spent
    this.#left.shared += left.shared
    await Promise.all(batches.map((batch) => this.#limit.run(() => this.#ask(batch, round, signal), signal)))
  }

  #begin(round: number): void {
    if (this.#round === round) return
    this.#round = round
    this.#left = leftNone()
    this.#asked = none()
    this.#unheard = []
  }

  async #ask(batch: Batch, round: number, signal: AbortSignal): Promise<void> {
    const { places, provider } = batch
    if (!this.#isAsked(provider)) return this.#owe(batch, round, 'away')
    const outcome = await askBatch(batch, round, this.#seedOf(batch, round), this.#deps, signal)
    if (outcome.kind === 'silent') return this.#owe(batch, round, 'silent')
    if (outcome.kind === 'proved') return this.#count('proved', places.length)
    const { wrong, lost, papers } = outcome
    this.#count('wrong', wrong.length)
    this.#count('lost', lost.length)
    for (const at of [...wrong, ...lost]) await this.#askPlace(placeOf(batch, at), { round, at, papers }, signal)
  }

  /** Who asks is drawn by the beacon; while it has no value, by this tracker. */
  #seedOf({ slot, provider }: Batch, round: number): Uint8Array {
    const { crypto, random, valueNow } = this.#deps
    return crypto.hmacSha256(valueNow() ?? random.bytes(32), utf8(`sweep ${round} ${slot} ${provider}`))
  }

  #isAsked(provider: PeerId): boolean {
    const { fleet, standings } = this.#deps
    const standing = fleet.standing(provider)
    return standing?.state === 'alive' && !standing.isDeclaredLost && !standings.isInMaintenance(provider)
  }

  /**
   * The leaf at the place, judged like any other. A right one with other bytes than expected shows that the codes are wrong, and convicts
   * the ticket by which they were asked.
   */
  async #askPlace({ shard, offset, code }: SweptPlace, { round, at, papers }: AskedPlace, signal: AbortSignal): Promise<void> {
    const { auditor, crypto, leavesOnly, log, convictions } = this.#deps
    const leaves: DrawAnswer[] = []
    const transcripts: Transcript[] = []
    for (const leaf of leavesAt(offset)) {
      const { verdict, transcript } = await auditor.askPlace({ shard, leaf }, { askedFor: 'place', round, sequence: at }, signal)
      const proof = verdict === 'proved' && transcript.answer ? readDocument(LEAF_ANSWER, transcript.answer).proof : null
      if (!proof) return
      leaves.push(proof)
      transcripts.push(transcript)
    }
    if (judgePlace({ index: shard.index, offset }, code, shard.record, leaves, crypto) !== 'ticket-wrong') return
    log.warn('a set has other codes than its owner dealt: it is asked for leaves only', { segment: shard.hex })
    await leavesOnly.add(shard.hex)
    if (papers) await convictions.settle({ ...papers, at, leaves: transcripts })
  }

  #owe({ places, provider }: Batch, round: number, outcome: 'away' | 'silent'): void {
    this.#count(outcome, places.length)
    const owed = this.#owed.get(provider) ?? []
    const { owedPlaces, owedPlacesInAll } = TRACKER_LIMITS.audit
    const inAll = [...this.#owed.values()].reduce((sum, some) => sum + some.length, 0)
    const room = Math.max(0, Math.min(owedPlaces - owed.length, owedPlacesInAll - inAll))
    owed.push(...places.slice(0, room).map((place) => ({ place, round })))
    this.#owed.set(provider, owed)
  }

  /** Some of each provider that is back. */
  async #askOwed(signal: AbortSignal): Promise<void> {
    const { fleet } = this.#deps
    for (const [provider, owed] of this.#owed) {
      if (owed.length === 0 || !fleet.peers.includes(provider)) this.#owed.delete(provider)
      else if (this.#isAsked(provider))
        for (const { place, round } of owed.splice(0, TRACKER_LIMITS.audit.owedAtOnce))
          if (
            this.#deps.map.statements.holders(place.shard.hex).some(({ peer, index }) => peer === provider && index === place.shard.index)
          )
            await this.#askPlace(place, { round, at: 0, papers: undefined }, signal)
    }
  }

  #count(outcome: Outcome, watermarks: number): void {
    if (watermarks === 0) return
    this.#asked[outcome] += watermarks
    this.#deps.watermarks.add(watermarks, { outcome })
  }
}

const none = (): Record<Outcome, number> => ({ proved: 0, wrong: 0, lost: 0, silent: 0, away: 0 })
