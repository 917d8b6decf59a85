/**
 * The room of a provider, to the byte: what shards take, what reservations hold. Counts bytes of shards.
 *
 * Pure bookkeeping: every call is whole before the next one, so that the room is never sold twice.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

export class Capacity {
  #limitBytes: number
  #spareBytes = Number.POSITIVE_INFINITY
  #usedBytes = 0
  #reservedBytes = 0

  /** @param limitBytes of shards to hold at most */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Bytes of shards that there can be: the limit, or less where something else takes the room of the volume. */
  get capacityBytes(): number {
    return Math.min(this.#limitBytes, this.#usedBytes + this.#reservedBytes + this.#spareBytes)
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get reservedBytes(): number {
    return this.#reservedBytes
  }

  /** The claim grew, or another limit was set. Below what is held already, nothing more is taken. */
  resize(limitBytes: number): void {
    this.#limitBytes = limitBytes
  }

  /** What the store had room for just now, beyond what reservations still need. */
  noteSpare(spareBytes: number): void {
    this.#spareBytes = Math.max(0, spareBytes)
  }

  /** @throws {LunarError} FULL */
  reserve(sizeBytes: number): void {
    const freeBytes = Math.max(0, this.#limitBytes - this.#usedBytes - this.#reservedBytes)
    if (sizeBytes > freeBytes) throw new LunarError('FULL', 'the provider has no room for the shard', { detail: { sizeBytes, freeBytes } })
    this.#reservedBytes += sizeBytes
  }

  /** Room that was reserved before a restart: it is taken, whether it fits or not. */
  restoreReserved(sizeBytes: number): void {
    this.#reservedBytes += sizeBytes
  }

  /** It is stored, or will not be. */
  release(sizeBytes: number): void {
    this.#reservedBytes -= sizeBytes
  }

  /** A shard is held: it takes its room, whether it fits or not. */
  use(sizeBytes: number): void {
    this.#usedBytes += sizeBytes
  }

  free(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes
  }
}
