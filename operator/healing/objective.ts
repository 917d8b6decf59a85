/**
 * How well repair keeps its objective. Pure.
 *
 * Sets are late while some have missed shards, without interruption, for longer than `within`: then all that miss shards at the moment
 * count, as a share l of all sets. The objective allows a share a of them to be late, so that the budget of a window T is a · T, in
 * seconds of all sets being late, and ∫ l dt over the last T is what is spent of it. Who looks sees how long the network, not how long a
 * set has been degraded: where losses follow one another without a pause, more counts as late than is.
 *
 * What was spent is kept by days of UTC, so that a window that rolls needs no more than a number for each day on which something was late.
 * Time in which nobody looked counts as neither kept nor late.
 *
 * @module
 */
import { totalSets, type Fleet } from './fleet.ts'

const DAY_MS = 86_400_000
/** Between two looks no more than this is counted: the operator looks every 10 s or more often. */
const LONGEST_LOOK_MS = 60_000

export interface Objective {
  /** Sets may miss shards for so long. Milliseconds. */
  readonly withinMs: number
  /** Share of the sets that may be late on the mean of the window, more than 0. */
  readonly allowed: number
  readonly windowDays: number
}

/** What has to be remembered from one look to the next. */
export interface RepairRecord {
  /** Since when sets have missed shards without interruption, milliseconds since 1970; undefined: none does. */
  readonly degradedSinceMs: number | undefined
  /** Day since 1970 (UTC) → seconds of all sets being late; days without are not there. */
  readonly spent: ReadonlyMap<number, number>
  /** When it was last looked, milliseconds since 1970; undefined: not yet. */
  readonly seenMs: number | undefined
}

export const NO_RECORD: RepairRecord = { degradedSinceMs: undefined, spent: new Map(), seenMs: undefined }

export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS)

type Sets = Fleet['sets']

/** Share of the sets that are late now, 0 … 1. */
export function lateShare({ degradedSinceMs }: RepairRecord, sets: Sets, { withinMs }: Objective, nowMs: number): number {
  if (degradedSinceMs === undefined || nowMs - degradedSinceMs <= withinMs) return 0
  return Math.min(1, sets.degraded / Math.max(1, totalSets(sets)))
}

/** One look more. @param sets undefined: no tracker answers, so that nobody knows */
export function lookAtRepair(record: RepairRecord, sets: Sets | undefined, objective: Objective, nowMs: number): RepairRecord {
  const spent = new Map([...record.spent].filter(([day]) => day <= dayOf(nowMs) && day > dayOf(nowMs) - objective.windowDays))
  if (sets === undefined) return { ...record, spent, seenMs: nowMs }
  // a clock that was set back must not count what has not been
  const degradedSinceMs = sets.degraded === 0 ? undefined : Math.min(record.degradedSinceMs ?? nowMs, nowMs)
  const next = { degradedSinceMs, spent, seenMs: nowMs }
  const share = lateShare(next, sets, objective, nowMs)
  if (share > 0 && degradedSinceMs !== undefined) {
    const fromMs = Math.max(record.seenMs ?? nowMs, degradedSinceMs + objective.withinMs)
    const lateMs = Math.min(LONGEST_LOOK_MS, Math.max(0, nowMs - fromMs))
    const seconds = (share * lateMs) / 1000
    if (seconds > 0) spent.set(dayOf(nowMs), (spent.get(dayOf(nowMs)) ?? 0) + seconds)
  }
  return next
}

export interface Budget {
  /** Of the window, in seconds of all sets being late. */
  readonly totalSeconds: number
  /** Share that is left, 0 … 1. */
  readonly left: number
}

export function budgetOf({ spent }: RepairRecord, { allowed, windowDays }: Objective): Budget {
  const totalSeconds = (allowed * windowDays * DAY_MS) / 1000
  const spentSeconds = [...spent.values()].reduce((sum, seconds) => sum + seconds, 0)
  return { totalSeconds, left: Math.max(0, 1 - spentSeconds / totalSeconds) }
}
