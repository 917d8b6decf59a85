/**
 * Rows that a provider has lost and was told of: each counts once, whoever finds it again, after a restart too.
 *
 * r ‖ public key of the provider ‖ commit → time, 8 bytes. Bounded: the oldest go.
 *
 * @module
 */
import { publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { concatBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../../limits.ts'

const LOSS = utf8('r')
const AFTER = utf8('s')

export class RowLosses {
  readonly #store: KeyValueStore
  readonly #clock: Clock
  /** Keys by hex, oldest first. */
  readonly #known: Map<string, Uint8Array>

  private constructor(store: KeyValueStore, clock: Clock, known: Map<string, Uint8Array>) {
    this.#store = store
    this.#clock = clock
    this.#known = known
  }

  static async open({ store, clock }: { readonly store: KeyValueStore; readonly clock: Clock }): Promise<RowLosses> {
    const entries = await store.scan({ from: LOSS, until: AFTER, limit: TRACKER_LIMITS.audit.rowLosses })
    const byAge = entries.map(({ key, value }) => ({ key, atMs: new DataView(value.buffer, value.byteOffset).getBigUint64(0) }))
    byAge.sort((a, b) => Number(a.atMs - b.atMs))
    return new RowLosses(store, clock, new Map(byAge.map(({ key }) => [hexOf(key), key])))
  }

  /** Durable when it resolves. @returns false: it was known */
  async note(provider: PeerId, commit: Uint8Array): Promise<boolean> {
    const key = concatBytes(LOSS, publicKeyOf(provider), commit)
    if (this.#known.has(hexOf(key))) return false
    this.#known.set(hexOf(key), key)
    const gone = [...this.#known].slice(0, Math.max(0, this.#known.size - TRACKER_LIMITS.audit.rowLosses))
    for (const [hex] of gone) this.#known.delete(hex)
    const time = new Uint8Array(8)
    new DataView(time.buffer).setBigUint64(0, BigInt(Math.max(0, Math.floor(this.#clock.now()))))
    await this.#store.write([{ put: key, value: time }, ...gone.map(([, remove]) => ({ remove }))])
    return true
  }
}
