/**
 * Degraded sets in order of risk, kept in order: what is new or was assessed again is sorted by itself and merged with the rest, so that a
 * look at a hundred thousand of them, of which few have changed, sorts few. A set that did not change is not assessed again.
 *
 * In memory: some hundred bytes a set for as long as it is degraded.
 *
 * @module
 */
import { byRisk } from '@lunarx/core/placement'
import type { DegradedSet } from './plan.ts'

/** Sets at margin 0 first, then those that are likelier to be lost, then by id. */
export const inOrderOfRisk = (a: DegradedSet, b: DegradedSet): number => byRisk(a, b) || (a.hex < b.hex ? -1 : 1)

export class RiskOrder {
  readonly #sets = new Map<string, DegradedSet>()
  #sorted: readonly DegradedSet[] = []
  /** Of {@link #sets}, those that {@link #sorted} lacks. */
  readonly #fresh = new Set<DegradedSet>()
  /** Of {@link #sorted}, those that were removed or put anew. */
  readonly #stale = new Set<DegradedSet>()

  get size(): number {
    return this.#sets.size
  }

  has(hex: string): boolean {
    return this.#sets.has(hex)
  }

  /** Instead of what was put for this set before. */
  put(set: DegradedSet): void {
    this.remove(set.hex)
    this.#sets.set(set.hex, set)
    this.#fresh.add(set)
  }

  remove(hex: string): void {
    const set = this.#sets.get(hex)
    if (!set) return
    this.#sets.delete(hex)
    if (!this.#fresh.delete(set)) this.#stale.add(set)
  }

  /** All of them. Good until the next change. */
  inOrder(): readonly DegradedSet[] {
    if (this.#fresh.size > 0 || this.#stale.size > 0) {
      const left = this.#stale.size > 0 ? this.#sorted.filter((set) => !this.#stale.has(set)) : this.#sorted
      this.#sorted = merge(left, [...this.#fresh].sort(inOrderOfRisk))
      this.#fresh.clear()
      this.#stale.clear()
    }
    return this.#sorted
  }
}

/** Of two lists in order, one. */
function merge(a: readonly DegradedSet[], b: readonly DegradedSet[]): readonly DegradedSet[] {
  if (a.length === 0) return b
  const merged: DegradedSet[] = []
  let at = 0
  for (const set of b) {
    for (let next = a[at]; next && inOrderOfRisk(next, set) < 0; next = a[at]) {
      merged.push(next)
      at++
    }
    merged.push(set)
  }
  for (; at < a.length; at++) merged.push(a[at] as DegradedSet)
  return merged
}
