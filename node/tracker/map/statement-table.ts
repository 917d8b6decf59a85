/**
 * A row for every statement: which provider says to hold which shard of which set. Listed twice: by set, as a chain from the set's
 * row, and by provider, in order of shard key, so that a range of its inventory can be walked through and hashed.
 *
 * In memory only; `statements.ts` keeps it in step with the store.
 *
 * @module
 */
import { SHARD_KEY_BYTES } from '@lunarx/core/inventory'
import type { PeerId } from '@lunarx/core/membership'
import { Column, Rows } from './columns.ts'
import type { SetTable } from './set-table.ts'
import { SortedRows } from './sorted-rows.ts'

const INDEX_AT = SHARD_KEY_BYTES - 1

interface Inventory {
  readonly number: number
  readonly peer: PeerId
  readonly rows: SortedRows
}

/** One shard that a provider says it holds. */
export interface Holder {
  readonly index: number
  readonly peer: PeerId
  /** Its bytes did not match the address. */
  readonly isCondemned: boolean
}

export class StatementTable {
  readonly #sets: SetTable
  readonly #rows = new Rows(1)
  readonly #set = new Column((rows) => new Uint32Array(rows))
  readonly #peer = new Column((rows) => new Uint16Array(rows))
  readonly #index = new Column((rows) => new Uint8Array(rows))
  readonly #condemned = new Column((rows) => new Uint8Array(rows))
  readonly #stamp = new Column((rows) => new Uint32Array(rows))
  /** The next statement of the same set; 0: none. */
  readonly #next = new Column((rows) => new Uint32Array(rows))
  readonly #byPeer = new Map<PeerId, Inventory>()
  readonly #byNumber = new Map<number, Inventory>()
  readonly #numbers = new Rows(1)

  constructor(sets: SetTable) {
    this.#sets = sets
  }

  /** The row of a statement; 0: there is none. */
  find(peer: PeerId, key: Uint8Array): number {
    return this.#byPeer.get(peer)?.rows.find(key) ?? 0
  }

  /** There must be none with this key yet. @returns its row */
  add(peer: PeerId, key: Uint8Array, isCondemned: boolean, stamp: number): number {
    const { number, rows } = this.#byPeer.get(peer) ?? this.#newInventory(peer)
    const set = this.#sets.take(key.subarray(0, INDEX_AT))
    const row = this.#rows.take()
    this.#set.set(row, set)
    this.#peer.set(row, number)
    this.#index.set(row, key[INDEX_AT] ?? 0)
    this.#condemned.set(row, isCondemned ? 1 : 0)
    this.#stamp.set(row, stamp)
    this.#next.set(row, this.#sets.holders(set))
    this.#sets.setHolders(set, row)
    rows.add(row, key)
    return row
  }

  remove(row: number): void {
    const set = this.#set.get(row)
    const inventory = this.#byNumber.get(this.#peer.get(row))
    inventory?.rows.remove(this.key(row))
    if (inventory?.rows.size === 0) this.#dropInventory(inventory)
    this.#unchain(set, row)
    this.#rows.giveBack(row)
    this.#sets.release(set)
  }

  key(row: number): Uint8Array {
    const key = new Uint8Array(SHARD_KEY_BYTES)
    this.#copyKey(row, key, 0)
    return key
  }

  setOf(row: number): number {
    return this.#set.get(row)
  }

  stamp(row: number): number {
    return this.#stamp.get(row)
  }

  setStamp(row: number, stamp: number): void {
    this.#stamp.set(row, stamp)
  }

  condemn(row: number): void {
    this.#condemned.set(row, 1)
  }

  absolve(row: number): void {
    this.#condemned.set(row, 0)
  }

  isCondemned(row: number): boolean {
    return this.#condemned.get(row) !== 0
  }

  /** Who says to hold shards of a set, in order of index, then peer. */
  holders(set: number): Holder[] {
    const holders: Holder[] = []
    for (let row = this.#sets.holders(set); row !== 0; row = this.#next.get(row)) {
      const peer = this.#byNumber.get(this.#peer.get(row))?.peer
      if (peer !== undefined) holders.push({ index: this.#index.get(row), peer, isCondemned: this.isCondemned(row) })
    }
    return holders.sort((a, b) => a.index - b.index || (a.peer < b.peer ? -1 : 1))
  }

  /** Statements of a provider with from <= key < until, in order of key; undefined: to the end. Not to be changed meanwhile. */
  *range(peer: PeerId, from: Uint8Array, until: Uint8Array | undefined): Generator<number> {
    const rows = this.#byPeer.get(peer)?.rows
    if (rows) yield* rows.range(from, until)
  }

  count(peer: PeerId, from: Uint8Array, until: Uint8Array | undefined): number {
    return this.#byPeer.get(peer)?.rows.count(from, until) ?? 0
  }

  /** The keys of {@link range}, one behind the other. @param shards as {@link count} says */
  pack(peer: PeerId, from: Uint8Array, until: Uint8Array | undefined, shards: number): Uint8Array {
    const rows = this.#byPeer.get(peer)?.rows
    if (!rows) return new Uint8Array()
    const packed = new Uint8Array(shards * SHARD_KEY_BYTES)
    let at = 0
    for (const row of rows.range(from, until)) {
      this.#copyKey(row, packed, at)
      at += SHARD_KEY_BYTES
    }
    return packed
  }

  #copyKey(row: number, out: Uint8Array, at: number): void {
    this.#sets.copyId(this.#set.get(row), out, at)
    out[at + INDEX_AT] = this.#index.get(row)
  }

  /** Takes a statement out of the chain of its set. */
  #unchain(set: number, row: number): void {
    const behind = this.#next.get(row)
    let before = this.#sets.holders(set)
    if (before === row) {
      this.#sets.setHolders(set, behind)
      return
    }
    while (this.#next.get(before) !== row) before = this.#next.get(before)
    this.#next.set(before, behind)
  }

  #newInventory(peer: PeerId): Inventory {
    const compare = (row: number, key: Uint8Array): number =>
      this.#sets.compareId(this.#set.get(row), key) || this.#index.get(row) - (key[INDEX_AT] ?? 0)
    const inventory = { number: this.#numbers.take(), peer, rows: new SortedRows(compare) }
    this.#byPeer.set(peer, inventory)
    this.#byNumber.set(inventory.number, inventory)
    return inventory
  }

  #dropInventory({ peer, number }: Inventory): void {
    this.#byPeer.delete(peer)
    this.#byNumber.delete(number)
    this.#numbers.giveBack(number)
  }
}
