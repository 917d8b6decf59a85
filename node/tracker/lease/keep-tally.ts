/**
 * How far the keeps of one question have come, set by set. Pure.
 *
 * Holders count by the shards they hold, each provider for one: two that hold the same shard are no more than one.
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
  /** Provider → the shard it is said to hold. A put may commit with no more than k. */
  readonly holders: ReadonlyMap<string, number>
}

interface Count {
  readonly size: KeepSize
  owners: number
  /** Trackers that own the set and say that its owner's lease is over. */
  overs: number
  readonly shards: Set<number>
  isBuried: boolean
}

export class KeepTally {
  readonly #counts: Count[]
  readonly #decided = Promise.withResolvers<void>()

  constructor(sizes: readonly KeepSize[]) {
    this.#counts = sizes.map((size) => ({ size, owners: 0, overs: 0, shards: new Set(), isBuried: false }))
  }

  /** Resolves once every set is kept, buried or over. */
  get isDecided(): Promise<void> {
    return this.#decided.promise
  }

  /** A tracker has answered. @param counts it owns the set by the ring */
  owner(at: number, outcome: Outcome, counts: boolean): void {
    const count = this.#counts[at]
    if (!count) return
    if (outcome === 'buried') count.isBuried = true
    if (outcome === 'kept' && counts) count.owners++
    if (outcome === 'over' && counts) count.overs++
    this.#look()
  }

  /** A holder has it durably. */
  holder(at: number, peer: string): void {
    const count = this.#counts[at]
    const index = count?.size.holders.get(peer)
    if (index !== undefined) count?.shards.add(index)
    this.#look()
  }

  get outcomes(): Outcome[] {
    return this.#counts.map(outcomeOf)
  }

  #look(): void {
    if (this.#counts.every((count) => ['kept', 'buried', 'over'].includes(outcomeOf(count)))) this.#decided.resolve()
  }
}

/** A burial that any owner knows is the end of it; that the lease is over a majority has to say: one may have missed the renewal. */
function outcomeOf({ size, owners, overs, shards, isBuried }: Count): Outcome {
  if (isBuried) return 'buried'
  if (size.required === 0) return 'unknown'
  if (overs * 2 > size.owners) return 'over'
  const held = new Set(size.holders.values()).size
  const needed = Math.max(size.required, Math.min(size.required + 1, held))
  return owners * 2 > size.owners && shards.size >= needed ? 'kept' : 'short'
}
