/**
 * How far the keeps of one question have come, set by set. Pure.
 *
 * @module
 */
import type { AnswerOf, keep } from '@lunarx/wire'

type Outcome = AnswerOf<typeof keep>['outcomes'][number]

export interface KeepSize {
  /** Trackers that own the set by the ring. */
  readonly owners: number
  /** k; 0: the set is not known. */
  readonly required: number
  /** Providers that are said to hold shards of it: a put may commit with no more than k. */
  readonly holders: number
}

interface Count {
  readonly size: KeepSize
  owners: number
  holders: number
  isBuried: boolean
}

export class KeepTally {
  readonly #counts: Count[]
  readonly #decided = Promise.withResolvers<void>()

  constructor(sizes: readonly KeepSize[]) {
    this.#counts = sizes.map((size) => ({ size, owners: 0, holders: 0, isBuried: false }))
  }

  /** Resolves once every set is kept or buried. */
  get isDecided(): Promise<void> {
    return this.#decided.promise
  }

  /** A tracker has answered. @param counts it owns the set by the ring */
  owner(at: number, outcome: Outcome, counts: boolean): void {
    const count = this.#counts[at]
    if (!count) return
    if (outcome === 'buried') count.isBuried = true
    if (outcome === 'kept' && counts) count.owners++
    this.#look()
  }

  /** A holder has it durably. */
  holder(at: number): void {
    const count = this.#counts[at]
    if (count) count.holders++
    this.#look()
  }

  get outcomes(): Outcome[] {
    return this.#counts.map(outcomeOf)
  }

  #look(): void {
    if (this.#counts.every((count) => ['kept', 'buried'].includes(outcomeOf(count)))) this.#decided.resolve()
  }
}

/** A burial that any owner knows is the end of it. */
function outcomeOf({ size, owners, holders, isBuried }: Count): Outcome {
  if (isBuried) return 'buried'
  if (size.required === 0) return 'unknown'
  const needed = Math.max(size.required, Math.min(size.required + 1, size.holders))
  return owners * 2 > size.owners && holders >= needed ? 'kept' : 'short'
}
