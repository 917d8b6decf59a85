/**
 * The room of a provider, to the byte: what shards take, what reservations hold. Counts bytes of shards.
 *
 * Pure bookkeeping: every call is whole before the next one, so that the room is never sold twice.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

export class Capacity {
  readonly capacityBytes: number
  #usedBytes = 0
  #reservedBytes = 0

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get reservedBytes(): number {
    return this.#reservedBytes
  }

  /** @throws {LunarError} FULL */
  reserve(sizeBytes: number): void {
    const freeBytes = Math.max(0, this.capacityBytes - this.#usedBytes - this.#reservedBytes)
    if (sizeBytes > freeBytes) throw new LunarError('FULL', 'the provider has no room for the shard', { detail: { sizeBytes, freeBytes } })
    this.#reservedBytes += sizeBytes
  }

  /** Room that was reserved before a restart: it is taken, whether it fits or not. */
  restoreReserved(sizeBytes: number): void {
    this.#reservedBytes += sizeBytes
  }

  /** What was reserved is stored now. */
  store(sizeBytes: number): void {
    this.#reservedBytes -= sizeBytes
    this.#usedBytes += sizeBytes
  }

  release(sizeBytes: number): void {
    this.#reservedBytes -= sizeBytes
  }

  /** A shard was found that no reservation is held for: it takes its room, whether it fits or not. */
  use(sizeBytes: number): void {
    this.#usedBytes += sizeBytes
  }

  free(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes
  }
}
