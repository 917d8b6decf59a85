/**
 * What this provider holds, and what it was told to delete: the index beside the shard files, in one ordered store.
 *
 *   s ‖ segment ‖ index   a shard that is durable
 *   t ‖ segment ‖ owner   the owner's tombstone
 *
 * An entry is written after its file is durable and removed before the file goes, so that it never promises more than there is.
 * Rebuilt from the files when it is missing (see `check.ts`).
 *
 * @module
 */
import { encodeBytes, parseBytes, type SignedDocument } from '@lunarx/core/document'
import { concatBytes, count, LunarError, utf8 } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { InTurn } from '@lunarx/runtime/tasks'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Capacity } from '../reserve/capacity.ts'
import type { ShardKey } from '../store/index.ts'
import { Changes } from './changes.ts'

const SHARD = utf8('s')
const AFTER_SHARDS = utf8('t')
const TOMBSTONE = utf8('t')
const entrySchema = z.object({ sizeBytes: count })

const shardKey = ({ segment, index }: ShardKey): Uint8Array => concatBytes(SHARD, segment, Uint8Array.of(index))
const tombstoneKey = (segment: Uint8Array, owner: Uint8Array): Uint8Array => concatBytes(TOMBSTONE, segment, owner)

export interface CatalogEntry {
  readonly key: ShardKey
  readonly sizeBytes: number
}

export class Catalog {
  readonly changes = new Changes()
  readonly #index: KeyValueStore
  readonly #capacity: Capacity
  readonly #turns = new InTurn()
  #shards = 0

  constructor(index: KeyValueStore, capacity: Capacity) {
    this.#index = index
    this.#capacity = capacity
  }

  /** Shards held. */
  get shards(): number {
    return this.#shards
  }

  /** Counts what an earlier start left. To be called once, before anything is added. */
  async count(): Promise<void> {
    let after: ShardKey | undefined
    for (;;) {
      const page = await this.page(after, PROVIDER_LIMITS.scannedEntries)
      for (const { sizeBytes } of page) this.#capacity.use(sizeBytes)
      this.#shards += page.length
      after = page.at(-1)?.key
      if (page.length < PROVIDER_LIMITS.scannedEntries) return
    }
  }

  async has(key: ShardKey): Promise<boolean> {
    return (await this.#index.get(shardKey(key))) !== undefined
  }

  /** Shards behind `after` in order of segment and index. */
  async page(after: ShardKey | undefined, limit: number): Promise<CatalogEntry[]> {
    const from = after ? concatBytes(shardKey(after), Uint8Array.of(0)) : SHARD
    return (await this.#index.scan({ from, until: AFTER_SHARDS, limit })).map(entryOf)
  }

  /** Shards whose segment id begins with this byte. */
  async withFirstByte(firstByte: number): Promise<CatalogEntry[]> {
    const until = firstByte === 255 ? AFTER_SHARDS : concatBytes(SHARD, Uint8Array.of(firstByte + 1))
    return (await this.#index.scan({ from: concatBytes(SHARD, Uint8Array.of(firstByte)), until, limit: Number.MAX_SAFE_INTEGER })).map(
      entryOf,
    )
  }

  /** @throws {LunarError} RESERVATION_INVALID: another shard of the set is held here. A provider holds one of a set at most. */
  async refuseSecond({ segment, index }: ShardKey): Promise<void> {
    const other = (await this.ofSegment(segment)).find((held) => held.index !== index)
    if (other) throw new LunarError('RESERVATION_INVALID', 'another shard of the set is here', { detail: { index, held: other.index } })
  }

  /** Shards of one set; one at most, unless files were found that an earlier time left. */
  async ofSegment(segment: Uint8Array): Promise<ShardKey[]> {
    const until = concatBytes(SHARD, segment, Uint8Array.of(255))
    return (await this.#index.scan({ from: concatBytes(SHARD, segment), until, limit: 255 })).map((entry) => entryOf(entry).key)
  }

  /**
   * The file is durable: the shard is held from now on.
   * @param reservation the change that ends its reservation, made together with the entry; none: a file was found
   */
  async add(key: ShardKey, sizeBytes: number, reservation?: Change): Promise<void> {
    await this.#index.write([{ put: shardKey(key), value: encodeBytes({ sizeBytes }) }, ...(reservation ? [reservation] : [])])
    if (reservation) this.#capacity.store(sizeBytes)
    else this.#capacity.use(sizeBytes)
    this.#shards++
    this.changes.add({ key, isHeld: true })
  }

  /** The shard is not held any more; its file may go. */
  async drop(key: ShardKey, also: readonly Change[] = []): Promise<void> {
    const value = await this.#index.get(shardKey(key))
    await this.#index.write([{ remove: shardKey(key) }, ...also])
    if (!value) return
    this.#capacity.free(parseBytes(entrySchema, value).sizeBytes)
    this.#shards--
    this.changes.add({ key, isHeld: false })
  }

  async isBuried(segment: Uint8Array, owner: Uint8Array): Promise<boolean> {
    return (await this.#index.get(tombstoneKey(segment, owner))) !== undefined
  }

  /** The change that remembers a tombstone. */
  bury(segment: Uint8Array, owner: Uint8Array, tombstone: SignedDocument): Change {
    return { put: tombstoneKey(segment, owner), value: encodeBytes(tombstone) }
  }

  write(changes: readonly Change[]): Promise<void> {
    return this.#index.write(changes)
  }

  /** One change of a set at a time. */
  inTurn<T>(segment: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(segment, work)
  }
}

const entryOf = ({ key, value }: { readonly key: Uint8Array; readonly value: Uint8Array }): CatalogEntry => ({
  key: { segment: key.slice(1, 33), index: key[33] ?? 0 },
  sizeBytes: parseBytes(entrySchema, value).sizeBytes,
})
