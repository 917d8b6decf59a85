/**
 * What this provider holds, and what it was told to delete: the index beside the shard files, in one ordered store.
 *
 *   s ‖ segment ‖ index   a shard that is durable
 *   t ‖ segment ‖ owner   the owner's tombstone, packed
 *   k ‖ segment           the owner's keep, or u ‖ segment: nobody has kept it yet (see `keeps.ts`)
 *   x ‖ segment           since when the owner's lease is said to be over (see `keeps.ts`)
 *   o ‖ owner             the owner's lease, remembered for trackers (see `held-leases.ts`)
 *   m                     the index was made here; after a clean stop, with the sums of all shards
 *   r/… and v             reservations, and how far the scrub has come: theirs
 *
 * An entry is written after its file is durable and removed before the file goes, so that it never promises more than there is.
 * Rebuilt from the files when it is missing (see `check.ts`).
 *
 * The sums are those of before after a clean stop, else counted while the provider serves already: entries may come and go meanwhile.
 *
 * @module
 */
import { encodeBytes, packTombstone, parseBytes, unpackTombstone, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import { shardKeyBytes } from '@lunarx/core/inventory'
import { compareBytes, concatBytes, count, hasCode, LunarError, utf8 } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { InTurn } from '@lunarx/runtime/tasks'
import { PROVIDER_LIMITS } from '../limits.ts'
import type { Capacity } from '../reserve/capacity.ts'
import type { ShardKey } from '../store/index.ts'
import { Changes } from './changes.ts'
import { Keeps } from './keeps.ts'

const SHARD = utf8('s')
const AFTER_SHARDS = utf8('t')
const TOMBSTONE = utf8('t')
const AFTER_TOMBSTONES = utf8('u')
const entrySchema = z.object({ sizeBytes: count })

const shardKey = ({ segment, index }: ShardKey): Uint8Array => concatBytes(SHARD, segment, Uint8Array.of(index))
const tombstoneKey = (segment: Uint8Array, owner: Uint8Array): Uint8Array => concatBytes(TOMBSTONE, segment, owner)

/** Of the record that came with a shard. */
export type FoundSet = Pick<SegmentRecord, 'owner' | 'shardBytes'>

export interface CatalogEntry {
  readonly key: ShardKey
  readonly sizeBytes: number
}

const MARK = utf8('m')
const markSchema = z.object({ sums: z.object({ shards: count, bytes: count }).nullable() })

const UNMARK: Change = { put: MARK, value: encodeBytes({ sums: null }) }

/** What the stop before this start left. new: no index, or a lost one; clean: sums and all; unclean: a crash. */
export type Opened = 'new' | 'clean' | 'unclean'

export class Catalog {
  readonly changes = new Changes()
  readonly keeps: Keeps
  readonly #index: KeyValueStore
  readonly #capacity: Capacity
  readonly #network: string
  readonly #turns = new InTurn()
  #shards = 0
  /** Everything up to this key is counted; undefined: everything. */
  #countedUntil: Uint8Array | undefined = new Uint8Array()
  readonly #counting = new InTurn()
  #isClosed = false
  /** The index still bears the mark of a clean stop. */
  #isMarked = false
  readonly #changing = new Set<Promise<void>>()

  /** @param network whose tombstones these are */
  constructor(index: KeyValueStore, capacity: Capacity, network: string) {
    this.#network = network
    this.#index = index
    this.keeps = new Keeps(index)
    this.#capacity = capacity
  }

  /** To be called once, before anything else. Writes nothing where an index is: the volume may be full. @throws {LunarError} STORE_FAILED, FULL */
  async open(): Promise<Opened> {
    const value = await this.#index.get(MARK)
    const sums = value && parseBytes(markSchema, value).sums
    if (!value) await this.#index.write([UNMARK])
    if (!value) return 'new'
    if (!sums) return 'unclean'
    this.#isMarked = true
    this.#capacity.use(sums.bytes)
    this.#shards = sums.shards
    this.#countedUntil = undefined
    return 'clean'
  }

  /** Takes the mark of a clean stop away; to be called before a file gets its place, since a crash may come then. @throws {LunarError} FULL, STORE_FAILED */
  async unmark(): Promise<void> {
    if (!this.#isMarked) return
    await this.#index.write([UNMARK])
    this.#isMarked = false
  }

  /** Refuses changes from now on, lets those under way end, and leaves the mark of a clean stop; without it, the next start compares. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#changing)
    if (!this.isCounted || this.#isMarked) return
    const sums = { shards: this.#shards, bytes: this.#capacity.usedBytes }
    await this.#index.write([{ put: MARK, value: encodeBytes({ sums }) }]).catch((error: unknown) => {
      if (!hasCode(error, 'FULL')) throw error
    })
  }

  /** Shards held, as far as they are counted. */
  get shards(): number {
    return this.#shards
  }

  /** The sums are known: before, no room can be promised. */
  get isCounted(): boolean {
    return this.#countedUntil === undefined
  }

  /**
   * Counts what an earlier start left.
   * @param rest called between two pages, so that others have their turn
   * @param maxPages of {@link PROVIDER_LIMITS.scannedEntries}; the next call goes on
   */
  async count(rest: () => Promise<void> = async () => undefined, maxPages = Number.POSITIVE_INFINITY): Promise<void> {
    for (let page = 0; page < maxPages && !this.isCounted; page++) {
      await this.#counting.run('', () => this.#countPage())
      await rest()
    }
  }

  async #countPage(): Promise<void> {
    if (!this.#countedUntil) return
    const from = this.#countedUntil.length === 0 ? SHARD : concatBytes(this.#countedUntil, Uint8Array.of(0))
    const page = await this.#index.scan({ from, until: AFTER_SHARDS, limit: PROVIDER_LIMITS.scannedEntries })
    for (const entry of page) this.#capacity.use(entryOf(entry).sizeBytes)
    this.#shards += page.length
    this.#countedUntil = page.length < PROVIDER_LIMITS.scannedEntries ? undefined : page.at(-1)?.key
  }

  async has(key: ShardKey): Promise<boolean> {
    return (await this.#index.get(shardKey(key))) !== undefined
  }

  /** Shards behind `after` in order of segment and index. */
  async page(after: ShardKey | undefined, limit: number): Promise<CatalogEntry[]> {
    const from = after ? concatBytes(shardKey(after), Uint8Array.of(0)) : SHARD
    return (await this.#index.scan({ from, until: AFTER_SHARDS, limit })).map(entryOf)
  }

  /**
   * Keys from `from` to below `until` in order, at most so many.
   * @param until no bytes: to the end
   * @returns also where to go on; undefined: those are all
   */
  async keys(
    from: Uint8Array,
    until: Uint8Array,
    limit: number,
  ): Promise<{ readonly keys: ShardKey[]; readonly next: Uint8Array | undefined }> {
    const end = until.length === 0 ? AFTER_SHARDS : concatBytes(SHARD, until)
    const entries = await this.#index.scan({ from: concatBytes(SHARD, from), until: end, limit })
    const keys = entries.map(({ key }) => keyOf(key))
    const last = keys.at(-1)
    if (!last || keys.length < limit) return { keys, next: undefined }
    const next = shardKeyBytes({ ...last, index: last.index + 1 })
    return { keys, next: until.length > 0 && compareBytes(next, until) >= 0 ? undefined : next }
  }

  /** Shards whose segment id begins with this byte, in order. */
  async *withFirstByte(firstByte: number): AsyncGenerator<CatalogEntry> {
    const limit = PROVIDER_LIMITS.scannedEntries
    const until = firstByte === 255 ? AFTER_SHARDS : concatBytes(SHARD, Uint8Array.of(firstByte + 1))
    for (let from = concatBytes(SHARD, Uint8Array.of(firstByte)); ;) {
      const page = await this.#index.scan({ from, until, limit })
      yield* page.map(entryOf)
      const last = page.at(-1)
      if (!last || page.length < limit) return
      from = concatBytes(last.key, Uint8Array.of(0))
    }
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
  async add(key: ShardKey, { owner, shardBytes: sizeBytes }: FoundSet, reservation?: Change): Promise<void> {
    await this.#change(shardKey(key), async (isCounted) => {
      await this.#index.write([
        { put: shardKey(key), value: encodeBytes({ sizeBytes }) },
        ...(await this.keeps.begin(key.segment, owner)),
        ...(reservation ? [reservation] : []),
        ...(this.#isMarked ? [UNMARK] : []),
      ])
      this.#isMarked = false
      if (reservation) this.#capacity.release(sizeBytes)
      if (isCounted) {
        this.#capacity.use(sizeBytes)
        this.#shards++
      }
      this.changes.add({ key, isHeld: true })
    })
  }

  /** The shard is not held any more; its file may go. */
  async drop(key: ShardKey, also: readonly Change[] = []): Promise<void> {
    await this.#change(shardKey(key), async (isCounted) => {
      const value = await this.#index.get(shardKey(key))
      const isLast = (await this.ofSegment(key.segment)).every(({ index }) => index === key.index)
      const keepGoes = isLast ? this.keeps.end(key.segment) : []
      await this.#index.write([{ remove: shardKey(key) }, ...keepGoes, ...also, ...(this.#isMarked ? [UNMARK] : [])])
      this.#isMarked = false
      if (!value) return
      if (isCounted) {
        this.#capacity.free(parseBytes(entrySchema, value).sizeBytes)
        this.#shards--
      }
      this.changes.add({ key, isHeld: false })
    })
  }

  /** An entry that the count has not come to yet is left to it. While it counts, nothing else changes the sums. */
  async #change(key: Uint8Array, work: (isCounted: boolean) => Promise<void>): Promise<void> {
    if (this.#isClosed) throw new LunarError('STOPPING', 'the provider is about to stop')
    const changing = this.isCounted
      ? work(true)
      : this.#counting.run('', () => work(this.#countedUntil === undefined || compareBytes(key, this.#countedUntil) <= 0))
    this.#changing.add(changing)
    try {
      await changing
    } finally {
      this.#changing.delete(changing)
    }
  }

  async isBuried(segment: Uint8Array, owner: Uint8Array): Promise<boolean> {
    return (await this.#index.get(tombstoneKey(segment, owner))) !== undefined
  }

  /** Tombstones that are remembered, behind `after`, at most `limit`. `next`: where to go on; undefined: that was all. */
  async tombstones(
    after: Uint8Array | undefined,
    limit: number,
  ): Promise<{ readonly documents: SignedDocument[]; readonly next: Uint8Array | undefined }> {
    const from = after ? concatBytes(after, Uint8Array.of(0)) : TOMBSTONE
    const entries = await this.#index.scan({ from, until: AFTER_TOMBSTONES, limit })
    const documents = entries.map(({ key, value }) =>
      unpackTombstone(value, { network: this.#network, segment: key.slice(1, 33), owner: key.slice(33) }),
    )
    return { documents, next: entries.length < limit ? undefined : entries.at(-1)?.key }
  }

  /** The change that remembers a tombstone. */
  bury(segment: Uint8Array, owner: Uint8Array, tombstone: SignedDocument): Change {
    return { put: tombstoneKey(segment, owner), value: packTombstone(tombstone, { network: this.#network, segment, owner }) }
  }

  write(changes: readonly Change[]): Promise<void> {
    return this.#index.write(changes)
  }

  /** One change of a set at a time. */
  inTurn<T>(segment: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(segment, work)
  }
}

const keyOf = (key: Uint8Array): ShardKey => ({ segment: key.slice(1, 33), index: key[33] ?? 0 })

const entryOf = ({ key, value }: { readonly key: Uint8Array; readonly value: Uint8Array }): CatalogEntry => ({
  key: keyOf(key),
  sizeBytes: parseBytes(entrySchema, value).sizeBytes,
})
