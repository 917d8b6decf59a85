/**
 * Which parts run beside which. The parts that need a cluster mostly wait for it; what only computes runs beside them, on what they leave
 * of the processors.
 *
 * @module
 */
export interface Lane {
  /** One after another. */
  readonly parts: readonly string[]
  /** It gets the processors when nobody else wants them. */
  readonly isLow: boolean
}

/** Lanes side by side. */
export type Stage = readonly Lane[]

/** Builds everything and fails soonest: nothing begins before it. */
const FIRST = 'check'
/** Each has the lab for itself. */
const WITH_CLUSTER = ['lab', 'e2e']
/** These go by simulated time: it is no harm to them if they get next to nothing for minutes, as beside the chaos of e2e. */
const LAST = ['sim', 'planted']

/** One after another, each by itself: where one is not to disturb the others' times, or they have few processors. */
export const inOrder = (parts: readonly string[]): Stage[] => [[{ parts, isLow: false }]]

/** A stage begins when the one before it has ended. @param parts all of them */
export function inLanes(parts: readonly string[]): Stage[] {
  const isOf = (names: readonly string[]) => (part: string) => names.includes(part)
  const computing = parts.filter((part) => !isOf([FIRST, ...WITH_CLUSTER, ...LAST])(part))
  return [
    [{ parts: parts.filter(isOf([FIRST])), isLow: false }],
    [
      { parts: parts.filter(isOf(WITH_CLUSTER)), isLow: false },
      { parts: [...computing, ...parts.filter(isOf(LAST))], isLow: true },
    ],
  ]
}
