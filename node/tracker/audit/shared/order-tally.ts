/**
 * How far the orders of one question have come, set by set. Pure.
 *
 * @module
 */
import type { AnswerOf, leavesOnly } from '@lunarx/wire'

export type OrderOutcome = AnswerOf<typeof leavesOnly>['outcomes'][number]

interface Count {
  readonly owners: number
  taken: number
  isBuried: boolean
  isKnown: boolean
}

export class OrderTally {
  readonly #counts: Count[]
  readonly #decided = Promise.withResolvers<void>()

  /** @param owners of each set: how many trackers own it by the ring */
  constructor(owners: readonly number[]) {
    this.#counts = owners.map((count) => ({ owners: count, taken: 0, isBuried: false, isKnown: false }))
  }

  /** Resolves once every set is taken by a majority, or buried. */
  get isDecided(): Promise<void> {
    return this.#decided.promise
  }

  /** A tracker has answered for itself. @param counts it owns the set by the ring */
  note(at: number, outcome: OrderOutcome, counts: boolean): void {
    const count = this.#counts[at]
    if (!count) return
    if (outcome === 'buried') count.isBuried = true
    if (outcome === 'taken') count.isKnown = true
    if (outcome === 'taken' && counts) count.taken++
    if (this.#counts.every((one) => ['taken', 'buried'].includes(outcomeOf(one)))) this.#decided.resolve()
  }

  get outcomes(): OrderOutcome[] {
    return this.#counts.map(outcomeOf)
  }
}

/** A burial that any owner knows is the end of it. */
function outcomeOf({ owners, taken, isBuried, isKnown }: Count): OrderOutcome {
  if (isBuried) return 'buried'
  if (taken * 2 > owners) return 'taken'
  return isKnown ? 'short' : 'unknown'
}
