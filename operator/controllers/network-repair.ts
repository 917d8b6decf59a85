/**
 * Repair in the status of a network: what is under way, its error budget, nines. Pure.
 *
 * The status is also the memory of the budget: who takes over reads from it what was spent and since when sets miss shards. That costs
 * no writes while nothing is late, and loses at most what settle.ts holds back, 5 % of a figure.
 *
 * @module
 */
import type { LunarNetworkSpec, LunarNetworkStatus } from '../api/index.ts'
import {
  budgetOf,
  dayOf,
  estimateNines,
  lateShare,
  lookAtRepair,
  NO_RECORD,
  type Budget,
  type Fleet,
  type Objective,
  type RepairRecord,
} from '../healing/index.ts'
import { bytesOf, quantityOf, roundCount } from './quantity.ts'

type RepairStatus = NonNullable<LunarNetworkStatus['repair']>
type BudgetStatus = NonNullable<RepairStatus['errorBudget']>

const HOUR_SECONDS = 3_600
/** Sets that miss shards for a moment, as while they are being stored, are not written down. */
const NOTED_AFTER_MS = 60_000

export function objectiveOf({ objective, rebuildAfterSeconds }: LunarNetworkSpec['repair']): Objective {
  const { withinSeconds = rebuildAfterSeconds + HOUR_SECONDS, share, windowDays } = objective
  // in thousandths of a percent, which are whole numbers: 100 - 99.9 is not 0.1
  const kept = Math.round(Number.parseFloat(share) * 1_000)
  return { withinMs: withinSeconds * 1_000, allowed: (100_000 - kept) / 100_000, windowDays }
}

const dayText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10)

/** What a status says of an earlier look. */
export function recordIn(status: LunarNetworkStatus | undefined): RepairRecord {
  const { degradedSince, spent = [] } = status?.repair?.errorBudget ?? {}
  const since = degradedSince === undefined ? Number.NaN : Date.parse(degradedSince)
  const days = spent.map(({ day, seconds }) => [dayOf(Date.parse(day)), seconds] as const)
  return {
    ...NO_RECORD,
    degradedSinceMs: Number.isFinite(since) ? since : undefined,
    spent: new Map(days.filter(([day]) => Number.isFinite(day))),
  }
}

/** What repair owes to its objective, for status and metrics. */
export interface RepairStanding extends Budget {
  readonly record: RepairRecord
  readonly objective: Objective
  /** Share of the sets that are late now; undefined: no tracker answers. */
  readonly late: number | undefined
}

export function standingOf(
  before: RepairRecord,
  fleet: Fleet | undefined,
  repair: LunarNetworkSpec['repair'],
  nowMs: number,
): RepairStanding {
  const objective = objectiveOf(repair)
  const record = lookAtRepair(before, fleet?.sets, objective, nowMs)
  const late = fleet && lateShare(record, fleet.sets, objective, nowMs)
  return { ...budgetOf(record, objective), record, objective, late }
}

/** Two digits; no less than 0.01, which is not written with an exponent. */
const burnText = (burn: number): string => String(Number(Math.max(0.01, burn).toPrecision(2)))

function budgetStatus({ record, objective, totalSeconds, left, late = 0 }: RepairStanding, nowMs: number): BudgetStatus {
  const { degradedSinceMs = nowMs, spent } = record
  const days = [...spent].toSorted(([a], [b]) => a - b).map(([day, seconds]) => ({ day: dayText(day), seconds: Math.round(seconds) }))
  const written = days.filter(({ seconds }) => seconds > 0)
  return {
    totalSeconds: Math.round(totalSeconds),
    leftPercent: Math.floor(100 * left),
    ...(late > 0 ? { burnRate: burnText(late / objective.allowed) } : {}),
    ...(nowMs - degradedSinceMs >= NOTED_AFTER_MS ? { degradedSince: new Date(degradedSinceMs).toISOString() } : {}),
    ...(written.length === 0 ? {} : { spent: written }),
  }
}

/** @returns undefined: nothing was measured yet */
function speedOf({ sets }: Fleet, trackers: number, before: RepairStatus | undefined): number | undefined {
  if (sets.rebuiltBytesPerSecond !== undefined) return sets.rebuiltBytesPerSecond * Math.max(1, trackers)
  return before?.rebuiltPerSecond === undefined ? undefined : bytesOf(before.rebuiltPerSecond)
}

function underWay({ sets }: Fleet): RepairStatus {
  return {
    backlogShards: roundCount(sets.backlogShards),
    backlog: quantityOf(sets.backlogBytes),
    ...(sets.etaMs === null ? {} : { etaSeconds: roundCount(Math.ceil(sets.etaMs / 1000)) }),
  }
}

function speedStatus(fleet: Fleet, spec: LunarNetworkSpec, bytesPerSecond: number): RepairStatus {
  const { detection, repair, classes } = spec
  const nines = estimateNines({
    codes: classes,
    annualLosses: repair.annualLossPercent / 100,
    lostMs: detection.lostSeconds * 1_000,
    rebuildAfterMs: repair.rebuildAfterSeconds * 1_000,
    fullestBytes: Math.max(0, ...fleet.providers.filter(({ declaredLost }) => !declaredLost).map(({ usedBytes }) => usedBytes)),
    bytesPerSecond,
  })
  return { rebuiltPerSecond: quantityOf(bytesPerSecond), estimatedNines: nines }
}

export interface RepairSight {
  readonly spec: LunarNetworkSpec | undefined
  readonly fleet: Fleet | undefined
  readonly trackers: { readonly desired: number }
  /** Undefined: there is no objective that can be read. */
  readonly repair: RepairStanding | undefined
  readonly nowMs: number
}

/** What cannot be seen now and was, stays: it would be forgotten otherwise. */
export function repairStatus(
  { spec, fleet, trackers, repair, nowMs }: RepairSight,
  before: LunarNetworkStatus | undefined,
): Pick<LunarNetworkStatus, 'repair'> {
  const { rebuiltPerSecond, estimatedNines, errorBudget } = before?.repair ?? {}
  const speed = fleet && speedOf(fleet, trackers.desired, before?.repair)
  const budget = repair ? budgetStatus(repair, nowMs) : errorBudget
  const status: RepairStatus = {
    ...(fleet ? underWay(fleet) : {}),
    ...(rebuiltPerSecond === undefined ? {} : { rebuiltPerSecond }),
    ...(estimatedNines === undefined ? {} : { estimatedNines }),
    ...(fleet && spec && speed !== undefined ? speedStatus(fleet, spec, speed) : {}),
    ...(budget === undefined ? {} : { errorBudget: budget }),
  }
  return Object.keys(status).length === 0 ? {} : { repair: status }
}
