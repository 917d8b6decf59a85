/**
 * What changed in the inventory since the process started, so that trackers are told differences. Forgets the oldest changes:
 * whoever missed those gets everything.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { ShardKey } from '../store/index.ts'

export interface InventoryChange {
  readonly key: ShardKey
  readonly isHeld: boolean
}

export class Changes {
  readonly #limit: number
  /** #changes[i] took the inventory to sequence #forgotten + i + 1. */
  #changes: InventoryChange[] = []
  #forgotten = 0

  constructor(limit: number = PROVIDER_LIMITS.rememberedChanges) {
    this.#limit = limit
  }

  /** Grows by one with every change. */
  get sequence(): number {
    return this.#forgotten + this.#changes.length
  }

  add(change: InventoryChange): void {
    this.#changes.push(change)
    if (this.#changes.length <= 2 * this.#limit) return
    this.#forgotten += this.#limit
    this.#changes = this.#changes.slice(this.#limit)
  }

  /** The last change of every shard that changed since, in order; undefined if that is not remembered any more. */
  since(sequence: number): InventoryChange[] | undefined {
    if (sequence < this.#forgotten || sequence > this.sequence) return undefined
    const last = new Map<string, InventoryChange>()
    for (const change of this.#changes.slice(sequence - this.#forgotten)) {
      const name = `${hexOf(change.key.segment)}.${change.key.index}`
      last.delete(name)
      last.set(name, change)
    }
    return [...last.values()]
  }
}
