/**
 * Entries in key order, in memory.
 *
 * Keys are kept as strings of one character per byte: their order is that of the bytes.
 *
 * @module
 */
import { changeBytes } from './batch-queue.ts'
import type { Change, Entry, Range } from './store.ts'

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

export class SortedEntries {
  readonly #entries = new Map<string, Entry>()
  readonly #order: string[] = []
  #sizeBytes = 0

  /** Keys and values. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(textOf(key))?.value.slice()
  }

  scan({ from, until, limit }: Range): Entry[] {
    const end = until && textOf(until)
    const found: Entry[] = []
    for (let at = this.#lowerBound(textOf(from)); at < this.#order.length && found.length < limit; at++) {
      const text = this.#order[at] as string
      if (end !== undefined && text >= end) break
      const entry = this.#entries.get(text) as Entry
      found.push({ key: entry.key.slice(), value: entry.value.slice() })
    }
    return found
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes)
      if ('put' in change) this.#put(change.put.slice(), change.value.slice())
      else this.#remove(textOf(change.remove))
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    const text = textOf(key)
    this.#remove(text)
    this.#order.splice(this.#lowerBound(text), 0, text)
    this.#entries.set(text, { key, value })
    this.#sizeBytes += changeBytes({ put: key, value })
  }

  #remove(text: string): void {
    const entry = this.#entries.get(text)
    if (!entry) return
    this.#entries.delete(text)
    this.#order.splice(this.#lowerBound(text), 1)
    this.#sizeBytes -= changeBytes({ put: entry.key, value: entry.value })
  }

  /** Index of the first key that is not before `text`. */
  #lowerBound(text: string): number {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#order[middle] as string) < text) low = middle + 1
      else high = middle
    }
    return low
  }
}
