/**
 * Sets that are asked for no watermarks any more: a right leaf has shown that the codes which their owner dealt are not those in their
 * shards. Draws go on. Durable.
 *
 * n ‖ segment → nothing. Bounded: beyond it they are found again.
 *
 * @module
 */
import { bytesOfHex, concatBytes, hexOf, utf8 } from '@lunarx/core/model'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { TRACKER_LIMITS } from '../../limits.ts'

const LEAVES_ONLY = utf8('n')
const AFTER = utf8('o')

export class LeavesOnly {
  readonly #store: KeyValueStore
  readonly #segments: Set<string>

  private constructor(store: KeyValueStore, segments: Set<string>) {
    this.#store = store
    this.#segments = segments
  }

  static async open(store: KeyValueStore): Promise<LeavesOnly> {
    const entries = await store.scan({ from: LEAVES_ONLY, until: AFTER, limit: TRACKER_LIMITS.audit.leavesOnly })
    return new LeavesOnly(store, new Set(entries.map(({ key }) => hexOf(key.slice(1)))))
  }

  get size(): number {
    return this.#segments.size
  }

  has(hex: string): boolean {
    return this.#segments.has(hex)
  }

  /** Durable when it resolves. */
  async add(hex: string): Promise<void> {
    if (this.#segments.size >= TRACKER_LIMITS.audit.leavesOnly) return
    await this.#store.write([{ put: concatBytes(LEAVES_ONLY, bytesOfHex(hex)), value: new Uint8Array() }])
    this.#segments.add(hex)
  }
}
