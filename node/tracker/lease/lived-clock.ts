/**
 * A clock that counts only while this tracker runs: how old a keep is goes by it. The wall clock may jump a year ahead, and what was kept
 * a minute ago would look long forgotten; this one can only run late, so that what it calls old is old.
 *
 * Noted in the store now and then: a crash turns it back by as much as was not noted, which makes things younger.
 *
 * a → milliseconds
 *
 * @module
 */
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { timeMs, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'

const LIVED = utf8('a')

export interface LivedClockDeps {
  readonly store: KeyValueStore
  readonly clock: Pick<Clock, 'elapsed'>
}

export class LivedClock {
  readonly #deps: LivedClockDeps
  /** Lived at a start, and when (elapsed) that was. */
  readonly #livedMs: number
  readonly #sinceMs: number

  private constructor(deps: LivedClockDeps, livedMs: number) {
    this.#deps = deps
    this.#livedMs = livedMs
    this.#sinceMs = deps.clock.elapsed()
  }

  /** @throws {LunarError} STORE_FAILED */
  static async open(deps: LivedClockDeps): Promise<LivedClock> {
    const noted = await deps.store.get(LIVED)
    return new LivedClock(deps, noted ? parseBytes(timeMs, noted) : 0)
  }

  /** Whole milliseconds. */
  now(): number {
    return Math.floor(this.#livedMs + this.#deps.clock.elapsed() - this.#sinceMs)
  }

  /** @throws {LunarError} STORE_FAILED */
  async note(): Promise<void> {
    await this.#deps.store.write([{ put: LIVED, value: encodeBytes(this.now()) }])
  }
}
