/**
 * Whether this tracker began with nothing: a first start, or a lost volume. For a day from then on it asks providers for the tombstones
 * that they remember, so that what was deleted before does not come back with a holder that was away.
 *
 * It was a lost volume, and no first start, if a provider comes that holds shards already. Then nothing is removed for that day on this
 * tracker's order: what it does not know yet may be what a set needs.
 *
 * n → the name of the map, none once the day is over · w → there was a map before
 *
 * @module
 */
import { LEASE } from '@lunarx/core/document'
import { hexOf, textOf, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { Random } from '@lunarx/runtime/random'
import type { KeyValueStore } from '@lunarx/runtime/store'

const MARK = utf8('n')
const BEFORE = utf8('w')

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
  #isLoss: boolean

  private constructor(deps: RebuildingDeps, name: string, isLoss: boolean) {
    this.#deps = deps
    this.#sinceMs = deps.clock.elapsed()
    this.#name = name
    this.#isLoss = isLoss
  }

  static async open(deps: RebuildingDeps): Promise<Rebuilding> {
    const mark = await deps.store.get(MARK)
    if (mark) return new Rebuilding(deps, textOf(mark), (await deps.store.get(BEFORE)) !== undefined)
    const name = hexOf(deps.random.bytes(8))
    await deps.store.write([{ put: MARK, value: utf8(name) }])
    return new Rebuilding(deps, name, false)
  }

  /** Of the map that is being made anew; null once it is over. A restart within the day begins the day anew. */
  async look(): Promise<string | null> {
    if (this.#name !== '' && !this.#isYoung) {
      await this.#deps.store.write([{ put: MARK, value: new Uint8Array() }, { remove: BEFORE }])
      this.#name = ''
    }
    return this.#name === '' ? null : this.#name
  }

  /** Shards were there before this map. Durable when it resolves. */
  async noteLoss(): Promise<void> {
    if (this.#isLoss || this.#name === '') return
    this.#isLoss = true
    await this.#deps.store.write([{ put: BEFORE, value: new Uint8Array() }])
  }

  /** Shards may be removed on this tracker's order. */
  get mayRemove(): boolean {
    return !(this.#isLoss && this.#name !== '' && this.#isYoung)
  }

  get #isYoung(): boolean {
    return this.#deps.clock.elapsed() - this.#sinceMs < LEASE.setMs
  }
}
