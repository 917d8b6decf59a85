/**
 * The bytes of one simulated file: those that a crash leaves, and the writes that it may lose.
 *
 * @module
 */
import type { SeededRandom } from '../random/seeded.ts'

type Pending = { readonly position: number; readonly bytes: Uint8Array } | { readonly sizeBytes: number }

/** Grows by doubling, so that appending stays linear. */
class Bytes {
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  size = 0

  apply(change: Pending): void {
    if ('sizeBytes' in change) this.#resize(change.sizeBytes)
    else {
      this.#resize(Math.max(this.size, change.position + change.bytes.length))
      this.#buffer.set(change.bytes, change.position)
    }
  }

  view(): Uint8Array {
    return this.#buffer.subarray(0, this.size)
  }

  #resize(sizeBytes: number): void {
    if (sizeBytes > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, 2 * this.#buffer.length))
      grown.set(this.view())
      this.#buffer = grown
    }
    if (sizeBytes < this.size) this.#buffer.fill(0, sizeBytes, this.size)
    this.size = sizeBytes
  }
}

export class SimulatedContent {
  #durable = new Bytes()
  #current = new Bytes()
  #pending: Pending[] = []

  get size(): number {
    return this.#current.size
  }

  view(): Uint8Array {
    return this.#current.view()
  }

  write(bytes: Uint8Array, position: number): void {
    this.#change({ position, bytes: bytes.slice() })
  }

  truncate(sizeBytes: number): void {
    this.#change({ sizeBytes })
  }

  sync(): void {
    for (const change of this.#pending) this.#durable.apply(change)
    this.#pending = []
  }

  /** Each write since the last sync is kept, lost, or kept in its first part. */
  crash(random: SeededRandom): void {
    for (const change of this.#pending) {
      const fate = random.below(3)
      if (fate === 0) continue
      this.#durable.apply(
        fate === 1 && 'bytes' in change ? { ...change, bytes: change.bytes.subarray(0, random.below(change.bytes.length + 1)) } : change,
      )
    }
    this.#pending = []
    this.#current = new Bytes()
    this.#current.apply({ position: 0, bytes: this.#durable.view() })
  }

  #change(change: Pending): void {
    this.#current.apply(change)
    this.#pending.push(change)
  }
}
