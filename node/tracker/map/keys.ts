/**
 * Keys of the tracker's map store: one letter, then fixed-length parts, so that a range of a kind is a range of keys.
 *
 * r ‖ segment → signed record · u ‖ segment or, once it is committed, c ‖ segment → summary of the record, all that a start reads
 * t ‖ segment ‖ owner → tombstone, packed
 * h ‖ provider ‖ segment ‖ index → statement of the holder · i ‖ provider → how far its inventory has come
 *
 * @module
 */
import { publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { concatBytes, utf8 } from '@lunarx/core/model'
import type { Entry, KeyValueStore } from '@lunarx/runtime/store'

const RECORD = utf8('r')
const UNCOMMITTED = utf8('u')
const COMMITTED = utf8('c')
const TOMBSTONE = utf8('t')
const HELD = utf8('h')
const INVENTORY = utf8('i')

export const keys = {
  record: (id: Uint8Array) => concatBytes(RECORD, id),
  uncommitted: (id: Uint8Array) => concatBytes(UNCOMMITTED, id),
  committed: (id: Uint8Array) => concatBytes(COMMITTED, id),
  tombstone: (id: Uint8Array, owner: Uint8Array) => concatBytes(TOMBSTONE, id, owner),
  inventory: (peer: PeerId) => concatBytes(INVENTORY, publicKeyOf(peer)),
} as const

export const PREFIX = { uncommitted: UNCOMMITTED, committed: COMMITTED, tombstone: TOMBSTONE, held: HELD, inventory: INVENTORY } as const

/**
 * Keys of statements. Of each provider the beginning is made once: to read the key out of its id costs as much as SQLite takes to write
 * an entry.
 */
export class HeldKeys {
  readonly #beginnings = new Map<PeerId, Uint8Array>()

  /** @param shard segment ‖ index */
  of(peer: PeerId, shard: Uint8Array): Uint8Array {
    return concatBytes(this.#beginnings.get(peer) ?? this.#remember(peer), shard)
  }

  #remember(peer: PeerId): Uint8Array {
    const beginning = concatBytes(HELD, publicKeyOf(peer))
    if (this.#beginnings.size >= MAX_BEGINNINGS) this.#beginnings.clear()
    this.#beginnings.set(peer, beginning)
    return beginning
  }
}

/** As many as a fleet has providers; beyond it all are forgotten. */
const MAX_BEGINNINGS = 10_000
const ID_BYTES = 32

/** The segment in the key of a record, a summary or a tombstone. */
export const segmentOf = (key: Uint8Array): Uint8Array => key.slice(1, 1 + ID_BYTES)

/** The provider's public key in a statement's key. */
export const publicKeyOfHeld = (key: Uint8Array): Uint8Array => key.subarray(1, 33)
/** segment ‖ index in a statement's key. */
export const heldKeyOf = (key: Uint8Array): Uint8Array => key.subarray(33)

/** All entries below a prefix in order, `size` at a time. */
export async function* pagesOf(store: KeyValueStore, prefix: Uint8Array, size: number): AsyncGenerator<Entry[]> {
  let from = prefix
  const until = endOf(prefix)
  for (;;) {
    const entries = await store.scan({ from, until, limit: size })
    yield entries
    const last = entries.at(-1)
    if (!last || entries.length < size) return
    from = concatBytes(last.key, Uint8Array.of(0))
  }
}

/** The first key after all keys with this prefix (which ends in a letter). */
export function endOf(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice()
  end[end.length - 1] = (end.at(-1) ?? 0) + 1
  return end
}
