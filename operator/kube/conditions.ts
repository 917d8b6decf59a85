/**
 * Conditions of a status. Pure: the transition time moves only when the status does.
 *
 * @module
 */
import type { Condition } from '../api/fields.ts'

export interface Statement {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  /** One CamelCase word. */
  readonly reason: string
  readonly message: string
}

const MAX_MESSAGE = 2_000

export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditions?.find((condition) => condition.type === type)?.status === 'True'

/** The statements as conditions, with the transition times of what was said before. */
export function settleConditions(
  before: readonly Condition[] | undefined,
  statements: readonly Statement[],
  generation: number,
  nowMs: number,
): Condition[] {
  return statements.map((statement) => {
    const known = before?.find(({ type }) => type === statement.type)
    const lastTransitionTime =
      known?.status === statement.status ? known.lastTransitionTime : `${new Date(nowMs).toISOString().slice(0, 19)}Z`
    return { ...statement, message: statement.message.slice(0, MAX_MESSAGE), lastTransitionTime, observedGeneration: generation }
  })
}
