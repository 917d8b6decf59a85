/**
 * How repair keeps its objective, for a person and for programs. Pure.
 *
 * @module
 */
import { lunarNetworkSpec } from '../api/index.ts'
import { objectiveOf } from '../controllers/index.ts'
import { duration } from './duration.ts'
import type { Observed } from './observe.ts'

export interface ObjectiveSummary {
  /** As spec.repair.objective has it, e.g. 99.9%. */
  readonly share: string
  readonly withinSeconds: number
  readonly windowDays: number
  /** Null: the operator has not looked yet. */
  readonly budgetLeftPercent: number | null
  /** How much faster than allowed the budget is being spent; null: nothing is late. */
  readonly burnRate: number | null
  /** Null: nothing was measured yet. */
  readonly estimatedNines: number | null
}

/** @returns null: the spec cannot be read */
export function objectiveSummary({ network }: Observed): ObjectiveSummary | null {
  const spec = lunarNetworkSpec.safeParse(network.spec)
  if (!spec.success) return null
  const { repair } = spec.data
  const { withinMs, windowDays } = objectiveOf(repair)
  const { errorBudget, estimatedNines } = network.status?.repair ?? {}
  return {
    share: repair.objective.share,
    withinSeconds: withinMs / 1_000,
    windowDays,
    budgetLeftPercent: errorBudget?.leftPercent ?? null,
    burnRate: errorBudget?.burnRate === undefined ? null : Number(errorBudget.burnRate),
    estimatedNines: estimatedNines ?? null,
  }
}

/** Whether it is being missed now, by more than the budget bears. */
export const isBurning = (objective: ObjectiveSummary | null): boolean => (objective?.burnRate ?? 0) > 1

export function objectiveLines(objective: ObjectiveSummary | null): string[] {
  if (objective === null) return []
  const { share, withinSeconds, windowDays, budgetLeftPercent, burnRate, estimatedNines } = objective
  const promise = `${share} of the sets whole again within ${duration(withinSeconds)}, over ${windowDays} days`
  const left = budgetLeftPercent === null ? 'not looked at yet' : `${budgetLeftPercent} % of the error budget is left`
  const burn = burnRate === null ? [] : [`Sets are late: it is being spent ${burnRate} times as fast as it allows.`]
  const nines =
    estimatedNines === null ? 'not known, nothing was rebuilt yet' : `${estimatedNines} at most, while providers fail one by one`
  return [`${promise}: ${left}.`, ...burn, `Estimated nines of a set: ${nines}.`]
}
