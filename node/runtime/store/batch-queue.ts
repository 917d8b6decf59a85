/**
 * Batches that wait for the next commit. Bounded: who writes faster than the disk is told so.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Change } from './store.ts'

/** Batches and bytes that may wait; the next write gets TOO_MANY_REQUESTS. */
export const MAX_WAITING_BATCHES = 8192
export const MAX_WAITING_BYTES = 128 * 1024 * 1024

export interface Batch {
  readonly changes: readonly Change[]
  readonly sizeBytes: number
  settle(error?: unknown): void
}

export const changeBytes = (change: Change): number => ('put' in change ? change.put.length + change.value.length : change.remove.length)

export class BatchQueue {
  #waiting: Batch[] = []
  #waitingBytes = 0

  /** @returns when the batch is settled. @throws {LunarError} TOO_MANY_REQUESTS */
  add(changes: readonly Change[]): Promise<void> {
    const sizeBytes = changes.reduce((total, change) => total + changeBytes(change), 0)
    if (this.#waiting.length >= MAX_WAITING_BATCHES || this.#waitingBytes + sizeBytes > MAX_WAITING_BYTES)
      throw new LunarError('TOO_MANY_REQUESTS', 'too many writes wait for the store', {
        detail: { batches: this.#waiting.length, bytes: this.#waitingBytes },
      })
    this.#waitingBytes += sizeBytes
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, sizeBytes, settle: (error) => (error === undefined ? resolve() : reject(error)) })
    })
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** Everything that waits, to be committed as one. */
  takeAll(): Batch[] {
    const batches = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    return batches
  }

  /** The first of them, up to this size in all; one at least, if any waits. */
  take(maxBytes: number): Batch[] {
    let sizeBytes = 0
    const end = this.#waiting.findIndex((batch, at) => (sizeBytes += batch.sizeBytes) > maxBytes && at > 0)
    const batches = end < 0 ? this.#waiting : this.#waiting.slice(0, end)
    this.#waiting = end < 0 ? [] : this.#waiting.slice(end)
    for (const batch of batches) this.#waitingBytes -= batch.sizeBytes
    return batches
  }
}
