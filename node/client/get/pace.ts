/**
 * How long answers take, as this client has seen it: what tells a laggard from a slow network.
 *
 * @module
 */

/** Answers remembered per size. */
const REMEMBERED = 32
/** Fewer say nothing. */
const ENOUGH = 4
/** Before anything is known: patience for the first byte, and for each at 2 MB/s. */
const FIRST_MS = 1_000
const FIRST_BYTES_PER_MS = 2_000
/** An answer is late when it takes so many times what nearly all of them took. */
const FACTOR = 3
const MIN_MS = 100
const MAX_MS = 10_000

export class Pace {
  /** By the power of two of their bytes. Milliseconds, newest last. */
  readonly #seen = new Map<number, number[]>()

  /** @param tookMs from asking to the last byte */
  observe(bytes: number, tookMs: number): void {
    const size = sizeOf(bytes)
    const seen = this.#seen.get(size) ?? []
    this.#seen.set(size, seen)
    seen.push(tookMs)
    if (seen.length > REMEMBERED) seen.shift()
  }

  /** After which an answer of so many bytes is late: three times the ninth decile of the last ones of about that size. Milliseconds. */
  lateMs(bytes: number): number {
    const seen = this.#seen.get(sizeOf(bytes)) ?? []
    if (seen.length < ENOUGH) return FIRST_MS + bytes / FIRST_BYTES_PER_MS
    const decile = seen.toSorted((a, b) => a - b)[Math.ceil(seen.length * 0.9) - 1] ?? MAX_MS
    return Math.min(MAX_MS, Math.max(MIN_MS, FACTOR * decile))
  }
}

const sizeOf = (bytes: number): number => Math.floor(Math.log2(Math.max(1, bytes)))
