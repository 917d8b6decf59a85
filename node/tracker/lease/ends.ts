/**
 * Which leases have ended: of sets that somebody has been looking at for a whole lease, while nobody kept them.
 *
 * Goes by the elapsed clock from the first look on, in memory: no clock that is set wrong ends a lease, and none ends within a lease of a
 * start, of a map that was made anew, or of a record that was learnt again. An end is durable: nothing of the set is repaired from then
 * on. It is taken back when somebody stores, commits or keeps the set, and remembered for a while when nothing of it is left.
 *
 * @module
 */
import { encodeBytes, LEASE, parseBytes } from '@lunarx/core/document'
import { bytesOfHex, concatBytes, hexOf, timeMs, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { pagesOf, segmentOf } from '../map/keys.ts'
import type { LivedClock } from './lived-clock.ts'

const ENDED = utf8('e')

export interface LeaseEndsDeps {
  readonly store: KeyValueStore
  readonly clock: Pick<Clock, 'elapsed'>
  readonly lived: Pick<LivedClock, 'now'>
  readonly scanEntries: number
  /** Leases that are timed at once; ends that are remembered, of which the oldest goes for one more. */
  readonly maxTimed: number
  readonly maxEnded: number
  /** A lease ended, or was taken up again. */
  readonly onChange: (hex: string) => void
}

interface Timed {
  readonly sinceMs: number
  lookedMs: number
}

/** Nobody has looked at a set for so long: it is not asked about any more. */
const UNLOOKED_MS = 3_600_000

export class LeaseEnds {
  readonly #deps: LeaseEndsDeps
  /** When, by the lived clock; in order of ending. */
  readonly #ended = new Map<string, number>()
  readonly #timed = new Map<string, Timed>()
  /** About to be ended, unless it is taken up while that is written. */
  readonly #ending = new Set<string>()
  #prunedMs = Number.NEGATIVE_INFINITY

  private constructor(deps: LeaseEndsDeps) {
    this.#deps = deps
  }

  static async open(deps: LeaseEndsDeps): Promise<LeaseEnds> {
    const found: [string, number][] = []
    for await (const page of pagesOf(deps.store, ENDED, deps.scanEntries))
      for (const { key, value } of page) found.push([hexOf(segmentOf(key)), parseBytes(timeMs, value)])
    const ends = new LeaseEnds(deps)
    for (const [hex, endedMs] of found.sort(([, a], [, b]) => a - b)) ends.#ended.set(hex, endedMs)
    return ends
  }

  isEnded(hex: string): boolean {
    return this.#ended.has(hex)
  }

  isTimed(hex: string): boolean {
    return this.#timed.has(hex)
  }

  /** In order of ending, as hex. */
  get ended(): Iterable<string> {
    return this.#ended.keys()
  }

  /** Somebody looks at a set that is known here and not kept. due: its time is up, and it is to be ended unless a keep turns up. */
  look(hex: string): 'running' | 'due' | 'ended' {
    if (this.#ended.has(hex)) return 'ended'
    const now = this.#deps.clock.elapsed()
    const timed = this.#timed.get(hex)
    if (!timed) {
      this.#time(hex, now)
      return 'running'
    }
    timed.lookedMs = now
    return now - timed.sinceMs >= LEASE.setMs ? 'due' : 'running'
  }

  /** Ends those that are due; durable when it resolves. Those that were taken up meanwhile, or are not due, stay as they are. */
  async end(hexes: readonly string[]): Promise<void> {
    const due = hexes.filter((hex) => this.look(hex) === 'due' && !this.#ending.has(hex))
    if (due.length === 0) return
    for (const hex of due) this.#ending.add(hex)
    const endedMs = this.#deps.lived.now()
    try {
      await this.#deps.store.write(due.map((hex) => ({ put: keyOf(bytesOfHex(hex)), value: encodeBytes(endedMs) })))
    } catch (error) {
      for (const hex of due) this.#ending.delete(hex)
      throw error
    }
    const revived = due.filter((hex) => !this.#ending.delete(hex))
    for (const hex of due.filter((one) => !revived.includes(one))) {
      this.#timed.delete(hex)
      this.#ended.set(hex, endedMs)
      this.#deps.onChange(hex)
    }
    const surplus = this.#ended
      .keys()
      .take(Math.max(0, this.#ended.size - this.#deps.maxEnded))
      .toArray()
    for (const hex of surplus) this.#ended.delete(hex)
    await this.#forget([...revived, ...surplus])
  }

  /** The sets are wanted: their leases begin anew with the next look. */
  async restart(segments: readonly Uint8Array[]): Promise<void> {
    const hexes = segments.map(hexOf)
    for (const hex of hexes) {
      this.#timed.delete(hex)
      this.#ending.delete(hex)
    }
    const ended = hexes.filter((hex) => this.#ended.delete(hex))
    for (const hex of ended) this.#deps.onChange(hex)
    await this.#forget(ended)
  }

  /** Ends that are older go: a holder that comes back later has its lease timed anew. */
  async expire(olderMs: number): Promise<void> {
    const old: string[] = []
    for (const [hex, endedMs] of this.#ended) {
      if (this.#deps.lived.now() - endedMs < olderMs) break
      old.push(hex)
    }
    for (const hex of old) this.#ended.delete(hex)
    for (const hex of old) this.#deps.onChange(hex)
    await this.#forget(old)
  }

  async #forget(hexes: readonly string[]): Promise<void> {
    if (hexes.length > 0) await this.#deps.store.write(hexes.map((hex) => ({ remove: keyOf(bytesOfHex(hex)) })))
  }

  /** With as many as can be, one more has to wait: those that are timed come to their end, and make room. */
  #time(hex: string, now: number): void {
    const { maxTimed } = this.#deps
    if (this.#timed.size >= maxTimed && now - this.#prunedMs >= UNLOOKED_MS) {
      this.#prunedMs = now
      for (const [other, { lookedMs }] of this.#timed) if (now - lookedMs >= UNLOOKED_MS) this.#timed.delete(other)
    }
    if (this.#timed.size < maxTimed) this.#timed.set(hex, { sinceMs: now, lookedMs: now })
  }
}

const keyOf = (segment: Uint8Array): Uint8Array => concatBytes(ENDED, segment)
