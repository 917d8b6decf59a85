/**
 * Which set is announced next: those that came last first, and again before an announcement runs out, while there is room for it.
 *
 * Time is cut into windows of one announcement each. Of the sets of one window the lowest id comes first, and only once the window is
 * over: so providers that hold shards of the same sets, each with a budget for few of them, choose the same few, and a set that is
 * found is found with enough of its holders. Pure but for what it remembers.
 *
 * @module
 */
import { bytesOfHex, hexOf } from '@lunarx/core/model'

export interface QueueLimits {
  /** One announcement in this time. Milliseconds. */
  readonly windowMs: number
  /** An announcement is made again after this. Milliseconds. */
  readonly renewMs: number
  /** Sets that are remembered, waiting and announced ones. */
  readonly sets: number
}

interface Entry {
  /** When it came. */
  readonly window: number
  /** Not before this time. */
  readonly dueMs: number
}

export class AnnounceQueue {
  readonly #limits: QueueLimits
  /** By segment id, hex. */
  readonly #entries = new Map<string, Entry>()
  #dropped = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** Sets that were never announced. */
  get waiting(): number {
    let waiting = 0
    for (const { dueMs } of this.#entries.values()) if (dueMs === 0) waiting++
    return waiting
  }

  /** Sets that gave way to newer ones, since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /** A shard of this set is held from now on. */
  add(segment: Uint8Array, nowMs: number): void {
    this.#entries.set(hexOf(segment), { window: this.#windowOf(nowMs), dueMs: 0 })
    if (this.#entries.size <= this.#limits.sets) return
    const last = [...this.#entries].reduce((worst, entry) => (isBefore(worst, entry) ? entry : worst))
    this.#entries.delete(last[0])
    this.#dropped++
  }

  /** Nothing of this set is held any more. */
  remove(segment: Uint8Array): void {
    this.#entries.delete(hexOf(segment))
  }

  /** Undefined: nothing is to be announced now. */
  next(nowMs: number): Uint8Array | undefined {
    const present = this.#windowOf(nowMs)
    let best: [string, Entry] | undefined
    for (const entry of this.#entries) {
      const [, { window, dueMs }] = entry
      if (window < present && dueMs <= nowMs && (!best || isBefore(entry, best))) best = entry
    }
    return best && bytesOfHex(best[0])
  }

  announced(segment: Uint8Array, nowMs: number): void {
    const entry = this.#entries.get(hexOf(segment))
    if (entry) this.#entries.set(hexOf(segment), { ...entry, dueMs: nowMs + this.#limits.renewMs })
  }

  #windowOf(ms: number): number {
    return Math.floor(ms / this.#limits.windowMs)
  }
}

/** The later window first, in a window the lower id. */
const isBefore = ([id, { window }]: [string, Entry], [otherId, other]: [string, Entry]): boolean =>
  window === other.window ? id < otherId : window > other.window
