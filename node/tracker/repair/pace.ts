/**
 * How fast repair may move bytes, and how fast it did: a byte cap per second that sets at margin 0 pass by, and the measured rate
 * from which status tells when the backlog will be done.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'

/** What the past weighs when a repair is added to the measured rate. */
const PAST = 0.9

export class Pace {
  readonly #clock: Clock
  readonly #bytesPerSecond: number
  /** From when (elapsed) more bytes may move: what moves pushes it on by its cost. */
  #freeMs = 0
  #bytes = 0
  #workMs = 0

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Until the cap lets the next bytes pass; 0: now. */
  get waitMs(): number {
    return Math.max(0, this.#freeMs - this.#clock.elapsed())
  }

  /** These bytes are moved now, whether the cap is passed by or not: those that come later wait for them. */
  spend(bytes: number): void {
    this.#freeMs = Math.max(this.#clock.elapsed(), this.#freeMs) + (bytes / this.#bytesPerSecond) * 1000
  }

  /** So much was rebuilt in so much time with work at hand, pauses for the cap included. */
  measured(rebuiltBytes: number, workMs: number): void {
    this.#bytes = this.#bytes * PAST + rebuiltBytes
    this.#workMs = this.#workMs * PAST + workMs
  }

  /** What was rebuilt in a second with work at hand, at least 1; undefined: nothing was measured yet. */
  get rebuiltBytesPerSecond(): number | undefined {
    if (this.#bytes === 0) return undefined
    return Math.max(1, Math.round((this.#bytes / Math.max(1, this.#workMs)) * 1000))
  }

  /** Milliseconds until a backlog is rebuilt at the measured rate; null: there is none, or nothing was measured yet. */
  etaMs(backlogBytes: number): number | null {
    if (backlogBytes === 0 || this.#bytes === 0) return null
    return Math.ceil((backlogBytes * Math.max(1, this.#workMs)) / this.#bytes)
  }
}
