/**
 * agree: what trackers say of a provider counts once a majority of all trackers of the network says it, so that one that lies or is
 * broken moves nobody. (Who has the operator's own word needs no other's.)
 *
 * Pure. Counts one voice per tracker; telling voices apart is the caller's.
 *
 * @module
 */

/** An order that replaces those with a smaller revision. */
export interface Order {
  readonly revision: number
  readonly isDraining: boolean
}

export const isMajority = (voices: number, trackers: number): boolean => voices * 2 > trackers

/**
 * The newest order that a majority of the trackers has, or a newer one to the same effect; undefined: there is none. Its revision is
 * one that at least one of any majority's honest members gave or outran, so that nobody alone can make it grow.
 * @param orders the newest of each tracker that is known, in any order
 * @param trackers of the network, heard or not
 */
export function agreedOrder(orders: readonly Order[], trackers: number): Order | undefined {
  const agreed = [true, false].flatMap((isDraining) => {
    const revisions = orders
      .filter((order) => order.isDraining === isDraining)
      .map(({ revision }) => revision)
      .sort((a, b) => b - a)
    const revision = revisions[Math.floor(trackers / 2)]
    return revision === undefined ? [] : [{ revision, isDraining }]
  })
  return agreed.sort((a, b) => b.revision - a.revision)[0]
}

/**
 * Of figures that several trackers tell of the same thing, one that most of them bear out: the middle one, and of two middle ones the
 * greater. Of three or more no single one can move it beyond what the others say; of two nobody can tell which is wrong.
 * @param by what they are compared by
 */
export function middleOf<T>(told: readonly T[], by: (one: T) => number): T | undefined {
  return told.toSorted((a, b) => by(a) - by(b))[Math.floor(told.length / 2)]
}
