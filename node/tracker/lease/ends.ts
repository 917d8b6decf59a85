/**
 * Which leases have ended: of sets that a holder has been asking about for a whole lease, while nobody kept them.
 *
 * Goes by the elapsed clock from the first question on, in memory: no clock that is set wrong ends a lease, and none ends within a lease
 * of a start, of a map that was made anew, or of a record that was learnt again. An end is durable: nothing of the set is repaired from
 * then on. It is taken back when somebody stores, commits or keeps the set.
 *
 * @module
 */
import { LEASE } from '@lunarx/core/document'
import { concatBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { pagesOf, segmentOf } from '../map/keys.ts'

const ENDED = utf8('e')
/** Leases that are timed at once; the oldest begins anew for one more. */
const MAX_TIMED = 200_000

export interface LeaseEndsDeps {
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly scanEntries: number
  /** A lease ended, or was taken up again. */
  readonly onChange: (hex: string) => void
}

export class LeaseEnds {
  readonly #deps: LeaseEndsDeps
  readonly #ended = new Set<string>()
  /** Since when (elapsed) somebody asks. */
  readonly #asked = new Map<string, number>()

  private constructor(deps: LeaseEndsDeps) {
    this.#deps = deps
  }

  static async open(deps: LeaseEndsDeps): Promise<LeaseEnds> {
    const ends = new LeaseEnds(deps)
    for await (const page of pagesOf(deps.store, ENDED, deps.scanEntries))
      for (const { key } of page) ends.#ended.add(hexOf(segmentOf(key)))
    return ends
  }

  isEnded(hex: string): boolean {
    return this.#ended.has(hex)
  }

  /** A holder asks about a set that is known here and not kept. An end is durable when it resolves. */
  async look(segment: Uint8Array): Promise<'running' | 'ended'> {
    const hex = hexOf(segment)
    if (this.#ended.has(hex)) return 'ended'
    const now = this.#deps.clock.elapsed()
    const sinceMs = this.#asked.get(hex)
    if (sinceMs === undefined) this.#time(hex, now)
    if (sinceMs === undefined || now - sinceMs < LEASE.setMs) return 'running'
    await this.#deps.store.write([{ put: keyOf(segment), value: new Uint8Array() }])
    this.#asked.delete(hex)
    this.#ended.add(hex)
    this.#deps.onChange(hex)
    return 'ended'
  }

  /** The set is wanted: its lease begins anew with the next question. */
  async restart(segments: readonly Uint8Array[]): Promise<void> {
    for (const segment of segments) this.#asked.delete(hexOf(segment))
    const ended = segments.filter((segment) => this.#ended.has(hexOf(segment)))
    if (ended.length === 0) return
    await this.#deps.store.write(ended.map((segment) => ({ remove: keyOf(segment) })))
    for (const segment of ended) {
      this.#ended.delete(hexOf(segment))
      this.#deps.onChange(hexOf(segment))
    }
  }

  #time(hex: string, now: number): void {
    this.#asked.set(hex, now)
    const [oldest] = this.#asked.keys()
    if (this.#asked.size > MAX_TIMED && oldest !== undefined) this.#asked.delete(oldest)
  }
}

const keyOf = (segment: Uint8Array): Uint8Array => concatBytes(ENDED, segment)
