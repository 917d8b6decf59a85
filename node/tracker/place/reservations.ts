/**
 * What this tracker has reserved for sets that are being stored: in memory only, since providers hold the reservations themselves
 * and free them when they expire.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'

export interface Reserved {
  readonly index: number
  readonly peer: PeerId
  /** Reservation key, signed by the provider. */
  readonly key: SignedDocument
  /** Who may store under it. */
  readonly client: PeerId
  /** On the elapsed clock. */
  readonly expiresMs: number
}

export class Reservations {
  readonly #clock: Clock
  readonly #limit: number
  /** Set → index → reservation; sets in order of their first reservation. */
  readonly #bySet = new Map<string, Map<number, Reserved>>()

  /** @param limit sets remembered; the oldest is forgotten for a new one */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  /** Reservations of a set that have not expired, in order of index. */
  of(hex: string): Reserved[] {
    const now = this.#clock.elapsed()
    return [...(this.#bySet.get(hex)?.values() ?? [])].filter(({ expiresMs }) => expiresMs > now).sort((a, b) => a.index - b.index)
  }

  add(hex: string, reserved: readonly Reserved[]): void {
    const ofSet = this.#bySet.get(hex) ?? new Map<number, Reserved>()
    for (const one of reserved) ofSet.set(one.index, one)
    this.#bySet.set(hex, ofSet)
    const [oldest] = this.#bySet.keys()
    if (this.#bySet.size > this.#limit && oldest !== undefined) this.#bySet.delete(oldest)
  }

  forget(hex: string): void {
    this.#bySet.delete(hex)
  }

  /** Drops sets all of whose reservations have expired. */
  expire(): void {
    for (const hex of this.#bySet.keys()) if (this.of(hex).length === 0) this.#bySet.delete(hex)
  }
}
