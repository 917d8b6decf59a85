/**
 * Keys of the tracker's map store: one letter, then fixed-length parts, so that a range of a kind is a range of keys.
 *
 * r ‖ segment → signed record · c ‖ segment → committed · t ‖ segment ‖ owner → signed tombstone
 * h ‖ provider ‖ segment ‖ index → statement of the holder · i ‖ provider → how far its inventory has come
 *
 * @module
 */
import { publicKeyOf, type PeerId } from '@lunarx/core/membership'
import { concatBytes, utf8 } from '@lunarx/core/model'
import type { Entry, KeyValueStore } from '@lunarx/runtime/store'

const RECORD = utf8('r')
const COMMITTED = utf8('c')
const TOMBSTONE = utf8('t')
const HELD = utf8('h')
const INVENTORY = utf8('i')

export const keys = {
  record: (id: Uint8Array) => concatBytes(RECORD, id),
  committed: (id: Uint8Array) => concatBytes(COMMITTED, id),
  tombstone: (id: Uint8Array, owner: Uint8Array) => concatBytes(TOMBSTONE, id, owner),
  held: (peer: PeerId, id: Uint8Array, index: number) => concatBytes(HELD, publicKeyOf(peer), id, Uint8Array.of(index)),
  inventory: (peer: PeerId) => concatBytes(INVENTORY, publicKeyOf(peer)),
} as const

export const PREFIX = { record: RECORD, committed: COMMITTED, tombstone: TOMBSTONE, held: HELD, inventory: INVENTORY } as const

const ID_BYTES = 32

/** The segment in a record, committed or tombstone key. */
export const segmentOf = (key: Uint8Array): Uint8Array => key.slice(1, 1 + ID_BYTES)

/** Provider key, segment and index of a statement's key. */
export function partsOfHeld(key: Uint8Array): { publicKey: Uint8Array; id: Uint8Array; index: number } {
  return { publicKey: key.slice(1, 33), id: key.slice(33, 65), index: key[65] ?? 0 }
}

/** All entries below a prefix in order, `page` at a time. */
export async function* entriesOf(store: KeyValueStore, prefix: Uint8Array, page: number): AsyncGenerator<Entry> {
  let from = prefix
  const until = endOf(prefix)
  for (;;) {
    const entries = await store.scan({ from, until, limit: page })
    yield* entries
    const last = entries.at(-1)
    if (!last || entries.length < page) return
    from = concatBytes(last.key, Uint8Array.of(0))
  }
}

/** The first key after all keys with this prefix (which ends in a letter). */
export function endOf(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice()
  end[end.length - 1] = (end.at(-1) ?? 0) + 1
  return end
}
