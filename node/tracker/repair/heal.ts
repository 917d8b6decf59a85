/**
 * heal: detect → plan (risk order) → retrieve k → decode → encode → verify root → make room → store → commit.
 *
 * The loop of a tracker: judges the fleet, assesses what changed, plans, and heals several sets side by side within a limit of
 * memory. `heal-set.ts` has the arrows from `retrieve k` on.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Counter } from '@lunarx/runtime/metrics'
import { pauseMs } from '@lunarx/runtime/tasks'
import { TRACKER_LIMITS } from '../limits.ts'
import { Bell } from './bell.ts'
import { healSet, type HealDeps } from './heal-set.ts'
import { moveShards } from './move-shards.ts'
import type { Pace } from './pace.ts'
import { planMoves } from './plan-moves.ts'
import { planRepair, type RepairTask } from './plan.ts'

export interface HealerDeps extends HealDeps {
  readonly rebuildAfterMs: number
  readonly pace: Pace
  readonly repaired: Counter
  readonly moved: Counter
  /** Runs work in the background. */
  readonly run: (name: string, work: (signal: AbortSignal) => Promise<void>) => void
}

interface Failure {
  readonly failures: number
  /** On the elapsed clock. */
  readonly againMs: number
}

export class Healer {
  readonly #deps: HealerDeps
  readonly #bell: Bell
  /** In order of risk. */
  #queue: RepairTask[] = []
  #plannedMs = Number.NEGATIVE_INFINITY
  /** Set → shard bytes that its repair keeps in memory. */
  readonly #running = new Map<string, number>()
  readonly #failed = new Map<string, Failure>()
  #repairedShards = 0
  /** Since when (elapsed) there has been work that is not measured yet. */
  #workSinceMs: number | undefined

  constructor(deps: HealerDeps) {
    this.#deps = deps
    this.#bell = new Bell(deps.clock)
  }

  /** Shards rebuilt since the start. */
  get repairedShards(): number {
    return this.#repairedShards
  }

  /** Nothing is being repaired or moved, and nothing waits for that but what failed lately. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#running.size === 0
  }

  /** One beat: detect and plan where it is time to, start what fits, wait for a repair to end or for the next beat. */
  async beat(signal: AbortSignal): Promise<void> {
    const { clock, pace } = this.#deps
    if (this.#queue.length === 0 || clock.elapsed() - this.#plannedMs >= TRACKER_LIMITS.beatMs) await this.#tryReplan()
    this.#queue = this.#queue.filter((task) => !this.#startIfFits(task))
    const isIdle = this.#queue.length === 0 && this.#running.size === 0
    this.#workSinceMs = isIdle ? undefined : (this.#workSinceMs ?? clock.elapsed())
    const waitMs = this.#queue.length > 0 && pace.waitMs > 0 ? Math.min(pace.waitMs, TRACKER_LIMITS.beatMs) : TRACKER_LIMITS.beatMs
    await this.#bell.wait(waitMs, signal)
  }

  /** A store that fails must not turn the beat into a busy loop: the plan before stays, and the next beat tries again. */
  async #tryReplan(): Promise<void> {
    this.#plannedMs = this.#deps.clock.elapsed()
    try {
      await this.#replan()
    } catch (error) {
      this.#deps.log.warn('repair could not be planned', { error })
    }
  }

  async #replan(): Promise<void> {
    const { clock, fleet, watch, rebuildAfterMs } = this.#deps
    await this.#judge()
    await this.#commitInterrupted(watch.refresh())
    await this.#readClasses()
    const now = clock.elapsed()
    for (const hex of this.#failed.keys()) if (!watch.isDegraded(hex) && !watch.isLeaving(hex)) this.#failed.delete(hex)
    const isOpen = ({ hex }: { readonly hex: string }): boolean => !this.#running.has(hex) && (this.#failed.get(hex)?.againMs ?? 0) <= now
    const limit = TRACKER_LIMITS.plannedRepairs
    const rules = { rebuildAfterMs, isWarm: fleet.isWarm, limit, silenceOf: silencesNow(fleet) }
    const repairs = planRepair(watch.degraded.values().filter(isOpen), rules)
    this.#queue = [...repairs, ...planMoves(watch.leaving(isOpen, limit), repairs, limit)]
  }

  /** While the store refuses to write, nobody is declared lost; everybody is judged by his silence all the same. */
  async #judge(): Promise<void> {
    const { fleet, log } = this.#deps
    try {
      await fleet.refresh()
    } catch (error) {
      log.warn('a provider could not be declared lost', { error })
    }
  }

  /** A store that refuses to write keeps no other set from being repaired: what could not be committed is tried with the next plan. */
  async #commitInterrupted(interrupted: readonly string[]): Promise<void> {
    const { map, watch, log } = this.#deps
    if (interrupted.length === 0) return
    try {
      await map.records.commit(interrupted)
    } catch (error) {
      log.warn('sets whose upload was interrupted could not be committed', { sets: interrupted.length, error })
      return watch.lookAgain(interrupted)
    }
    watch.lookAgain(watch.refresh()) // uploads that were completed meanwhile
  }

  /** Sets that a class became stricter for are judged by it from the next plan on. */
  async #readClasses(): Promise<void> {
    const { map, watch, log } = this.#deps
    const sets = watch.unread(TRACKER_LIMITS.classReads)
    try {
      await map.records.readClasses(sets)
    } catch (error) {
      log.warn('records could not be read for their classes', { sets: sets.length, error })
    }
  }

  /** Sets at margin 0 do not wait for the byte cap, and have as many places again as all others together. */
  #startIfFits(task: RepairTask): boolean {
    const { map, pace } = this.#deps
    const set = map.records.get(task.hex)
    if (!set || this.#running.has(task.hex)) return true
    const isUrgent = task.kind === 'rebuild' && task.margin <= 0
    const share = isUrgent ? 2 : 1
    const isRead = task.kind === 'move' && !this.#mayRebuild(task)
    const bytes = ((isRead ? task.indices.length : set.required) + task.indices.length) * set.shardBytes
    const used = [...this.#running.values()].reduce((sum, one) => sum + one, 0)
    const isFirst = this.#running.size === 0
    const fits = this.#running.size < share * TRACKER_LIMITS.repairsAtOnce && used + bytes <= share * TRACKER_LIMITS.repairBytes
    if (!isUrgent && pace.waitMs > 0) return false
    if (!isFirst && !fits) return false
    pace.spend(bytes)
    this.#start(task, bytes)
    return true
  }

  #start(task: RepairTask, bytes: number): void {
    this.#running.set(task.hex, bytes)
    this.#deps.run('heal', async (signal) => {
      try {
        await this.#heal(task, signal)
      } finally {
        this.#running.delete(task.hex)
        this.#bell.ring()
      }
    })
  }

  async #heal(task: RepairTask, signal: AbortSignal): Promise<void> {
    const { log } = this.#deps
    const isMove = task.kind === 'move'
    try {
      const healed = isMove ? await moveShards(task, this.#mayRebuild(task), this.#deps, signal) : await healSet(task, this.#deps, signal)
      const { indices, refused, isDone, rebuiltBytes } = healed
      this.#count(task, indices.length)
      this.#measure(rebuiltBytes)
      if (indices.length > 0) log.info(isMove ? 'shards were copied off a provider' : 'shards were rebuilt', { segment: task.hex, indices })
      if (refused) log.warn('shards find no place', { segment: task.hex, reason: refused })
      if (isDone) this.#failed.delete(task.hex)
      else this.#postpone(task)
    } catch (error) {
      if (signal.aborted) return
      log.warn('a set could not be repaired', { segment: task.hex, error })
      this.#postpone(task)
    }
  }

  #count({ kind }: RepairTask, shards: number): void {
    if (kind === 'rebuild') this.#repairedShards += shards
    const { moved, repaired } = this.#deps
    const counter = kind === 'rebuild' ? repaired : moved
    counter.add(shards)
  }

  /** A shard that is to be moved is read from its holder, after a failure rebuilt from others, then read again, and so on. */
  #mayRebuild({ hex }: RepairTask): boolean {
    return (this.#failed.get(hex)?.failures ?? 0) % 2 === 1
  }

  #measure(rebuiltBytes: number): void {
    const { clock, pace } = this.#deps
    const now = clock.elapsed()
    if (rebuiltBytes === 0) return
    pace.measured(rebuiltBytes, now - (this.#workSinceMs ?? now))
    this.#workSinceMs = now
  }

  #postpone({ hex }: RepairTask): void {
    const { clock, random } = this.#deps
    const failures = (this.#failed.get(hex)?.failures ?? 0) + 1
    const waitMs = pauseMs(failures, { firstPauseMs: TRACKER_LIMITS.repairPauseMs, maxPauseMs: TRACKER_LIMITS.repairMaxPauseMs, random })
    this.#failed.set(hex, { failures, againMs: clock.elapsed() + waitMs })
  }
}

/** Each provider is looked at once for a plan whose sets name it a thousand times. */
function silencesNow(fleet: HealDeps['fleet']): (peer: PeerId) => number {
  const seen = new Map<PeerId, number>()
  return (peer) => {
    const silentMs = seen.get(peer) ?? fleet.silentMs(peer)
    seen.set(peer, silentMs)
    return silentMs
  }
}
