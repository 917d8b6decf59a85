/**
 * even out: walk over the sets → plan one step → copy, confirm, give way. What is there already follows when a domain or a zone is added.
 *
 * After everything else: nothing is moved while any set is degraded, any provider is silent or being drained, or repair has anything to do. One
 * shard at a time, within a share of repair's cap on bytes, and of what one provider may give or take until it is heard next.
 *
 * Goes round the sets that are known, a few at each beat, so that a million of them cost as much a second as a hundred; after a round
 * in which there was nothing to do it rests. Nothing is remembered: whoever owns a set next goes on where the last one was.
 *
 * @module
 */
import type { Counter } from '@lunarx/runtime/metrics'
import { TRACKER_LIMITS } from '../limits.ts'
import type { KnownSet } from '../map/index.ts'
import { evenSet, stepOf, type EvenSetDeps } from './even-set.ts'
import { readEvenSight, type EvenSightDeps, type WideSight } from './even-sight.ts'
import type { HealDeps } from './heal-set.ts'
import type { Healer } from './heal.ts'
import type { MovesUnderWay } from './moves-under-way.ts'
import type { Pace } from './pace.ts'

export interface EvenerDeps extends HealDeps, EvenSightDeps {
  readonly healer: Pick<Healer, 'isIdle'>
  /** Of repair. */
  readonly pace: Pace
  /** Of this: the smaller cap. */
  readonly evenPace: Pace
  readonly underWay: MovesUnderWay
  /** Nobody wants it any more, or will soon. */
  readonly isUnwanted: (set: KnownSet) => boolean
  readonly evenedShards: Counter
  readonly evenedBytes: Counter
}

const LIMITS = TRACKER_LIMITS.even

export class Evener {
  readonly #deps: EvenerDeps
  readonly #acting: EvenSetDeps
  /** Where the round has come. */
  #place = 0
  /** The round has found something. */
  #hasFound = false
  /** The last beat has. */
  #hasStepped = false
  #sight: { readonly read: WideSight; readonly readMs: number } | undefined
  /** On the elapsed clock. */
  #againMs = Number.NEGATIVE_INFINITY

  constructor(deps: EvenerDeps) {
    this.#deps = deps
    this.#acting = { ...deps, spend: (bytes) => this.#spend(bytes), mayGoOn: () => this.#isQuiet() }
  }

  /** Until the next beat. */
  get pauseMs(): number {
    const { pace, evenPace, clock } = this.#deps
    const waitMs = Math.max(pace.waitMs, evenPace.waitMs, this.#againMs - clock.elapsed())
    return Math.min(Math.max(this.#hasStepped ? LIMITS.pauseMs : TRACKER_LIMITS.beatMs, waitMs), LIMITS.restMs)
  }

  /** Takes one step at most. */
  async beat(signal: AbortSignal): Promise<void> {
    const { clock, pace, evenPace } = this.#deps
    this.#hasStepped = false
    if (clock.elapsed() < this.#againMs || pace.waitMs > 0 || evenPace.waitMs > 0 || !this.#isQuiet()) return
    const sight = this.#look()
    if (sight.filled.open.length === 0) return
    for (let looks = 0; looks < LIMITS.looks; looks++) {
      const set = this.#next()
      if (!set) return
      if (!this.#isOwn(set) || !stepOf(set, this.#deps, sight)) continue
      const outcome = await this.#even(set, sight, signal)
      if (outcome !== 'nothing') return
    }
  }

  /** What failed leaves the others alone for a while too: it is a provider that fails, or the network. */
  async #even(set: KnownSet, sight: WideSight, signal: AbortSignal): Promise<'nothing' | 'done' | 'failed'> {
    const { clock, evenedShards, evenedBytes, log } = this.#deps
    const outcome = await evenSet(set, sight, this.#acting, signal)
    if (outcome === 'nothing') return outcome
    this.#hasFound = true
    this.#hasStepped = true
    if (outcome === 'failed') this.#againMs = clock.elapsed() + LIMITS.failedMs
    if (outcome === 'done') {
      evenedShards.add(1)
      evenedBytes.add(set.shardBytes)
      log.debug('a set lies more evenly', { segment: set.hex })
    }
    return outcome
  }

  #look(): WideSight {
    const nowMs = this.#deps.clock.elapsed()
    if (!this.#sight || nowMs - this.#sight.readMs >= LIMITS.readMs) this.#sight = { read: readEvenSight(this.#deps), readMs: nowMs }
    return this.#sight.read
  }

  /** The next set of the round; undefined: it is over. Where a provider has to be heard before more may move, there may have been more to do. */
  #next(): KnownSet | undefined {
    const next = this.#deps.map.records.after(this.#place)
    this.#place = next?.place ?? 0
    if (!next && !this.#hasFound && !this.#deps.underWay.isAny) this.#againMs = this.#deps.clock.elapsed() + LIMITS.restMs
    if (!next) this.#hasFound = false
    return next?.set
  }

  #isOwn(set: KnownSet): boolean {
    return set.isCommitted && !this.#deps.isUnwanted(set) && this.#deps.ring.isFirst(set.id)
  }

  #isQuiet(): boolean {
    const { fleet, watch, healer } = this.#deps
    return fleet.isWarm && fleet.isCalm && healer.isIdle && watch.degraded.length === 0
  }

  #spend(bytes: number): void {
    this.#deps.pace.spend(bytes)
    this.#deps.evenPace.spend(bytes)
  }
}
