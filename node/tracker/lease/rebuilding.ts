/**
 * Whether this tracker began with nothing: a first start, or a lost volume. For a day from then on it asks providers for the tombstones
 * that they remember, so that what was deleted before does not come back with a holder that was away.
 *
 * @module
 */
import { LEASE } from '@lunarx/core/document'
import { hexOf, textOf, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import type { KeyValueStore } from '@lunarx/runtime/store'

const MARK = utf8('n')

export interface RebuildingDeps {
  readonly store: KeyValueStore
  readonly clock: Clock
  readonly random: Random
}

export class Rebuilding {
  readonly #deps: RebuildingDeps
  readonly #sinceMs: number
  /** Empty: it is over. */
  #name: string

  private constructor(deps: RebuildingDeps, name: string) {
    this.#deps = deps
    this.#sinceMs = deps.clock.elapsed()
    this.#name = name
  }

  static async open(deps: RebuildingDeps): Promise<Rebuilding> {
    const mark = await deps.store.get(MARK)
    if (mark) return new Rebuilding(deps, textOf(mark))
    const name = hexOf(deps.random.bytes(8))
    await deps.store.write([{ put: MARK, value: utf8(name) }])
    return new Rebuilding(deps, name)
  }

  /** Of the map that is being made anew; null once it is over. A restart within the day begins the day anew. */
  async look(): Promise<string | null> {
    if (this.#name !== '' && this.#deps.clock.elapsed() - this.#sinceMs >= LEASE.setMs) {
      await this.#deps.store.write([{ put: MARK, value: new Uint8Array() }])
      this.#name = ''
    }
    return this.#name === '' ? null : this.#name
  }
}
