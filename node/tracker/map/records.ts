/**
 * The sets this tracker knows: a summary of each signed record in memory, the record itself and tombstones in the store.
 *
 * Says nothing of holders (`statements.ts`). A live record has no tombstone of its owner: burying removes it. Tombstones of owners
 * that the record does not name are kept apart by their key and change nothing.
 *
 * @module
 */
import { readDocument, SEGMENT_RECORD, TOMBSTONE, type SegmentRecord, type SignedDocument } from '@lunarx/core/document'
import { compareBytes, concatBytes, hexOf } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { packDocument, unpackDocument } from './document-bytes.ts'
import { endOf, entriesOf, keys, PREFIX, segmentOf } from './keys.ts'

/** What decisions need of a record. */
export interface KnownSet {
  readonly id: Uint8Array
  /** Lower-case hex of the id. */
  readonly hex: string
  readonly owner: Uint8Array
  readonly required: number
  readonly parity: number
  readonly survive: number
  readonly shardBytes: number
  readonly createdMs: number
  /** A tracker has counted at least k holders: the set is to be kept whole. */
  isCommitted: boolean
}

export interface NewRecord {
  readonly id: Uint8Array
  readonly record: SegmentRecord
  readonly document: SignedDocument
}

/** A tombstone whose signature was verified. */
export interface NewTombstone {
  readonly segment: Uint8Array
  readonly owner: Uint8Array
  readonly document: SignedDocument
}

export interface RecordDeps {
  readonly store: KeyValueStore
  readonly scanEntries: number
  /** A set appeared, was committed or was buried. */
  readonly onChange: (hex: string) => void
}

export class Records {
  readonly #deps: RecordDeps
  readonly #known = new Map<string, KnownSet>()
  /** Segment → hex of the owners that buried it. */
  readonly #buriedBy = new Map<string, Set<string>>()

  private constructor(deps: RecordDeps) {
    this.#deps = deps
  }

  static async open(deps: RecordDeps): Promise<Records> {
    const records = new Records(deps)
    const { store, scanEntries } = deps
    for await (const { key, value } of entriesOf(store, PREFIX.record, scanEntries))
      records.#add(segmentOf(key), readDocument(SEGMENT_RECORD, unpackDocument(value)))
    for await (const { key } of entriesOf(store, PREFIX.committed, scanEntries)) {
      const known = records.#known.get(hexOf(segmentOf(key)))
      if (known) known.isCommitted = true
    }
    for await (const { key } of entriesOf(store, PREFIX.tombstone, scanEntries)) records.#bury(segmentOf(key), hexOf(key.slice(33)))
    return records
  }

  get size(): number {
    return this.#known.size
  }

  get(hex: string): KnownSet | undefined {
    return this.#known.get(hex)
  }

  /** In order of arrival. */
  all(): Iterable<KnownSet> {
    return this.#known.values()
  }

  /** The set is not known as live, and someone has buried it: for a record of the same owner that is final. */
  isBuried(hex: string): boolean {
    return !this.#known.has(hex) && this.#buriedBy.has(hex)
  }

  isBuriedBy(hex: string, owner: Uint8Array): boolean {
    return this.#buriedBy.get(hex)?.has(hexOf(owner)) ?? false
  }

  async document(id: Uint8Array): Promise<SignedDocument | undefined> {
    const bytes = await this.#deps.store.get(keys.record(id))
    return bytes && unpackDocument(bytes)
  }

  /** Tombstones of a set; usually one. */
  async tombstones(id: Uint8Array): Promise<SignedDocument[]> {
    const from = keys.tombstone(id, new Uint8Array())
    const entries = await this.#deps.store.scan({ from, until: concatBytes(from, new Uint8Array(33).fill(0xff)), limit: 16 })
    return entries.map(({ value }) => unpackDocument(value))
  }

  /** Durable when it resolves. Verified records only; those that their owner has buried are left out. */
  async learn(news: readonly NewRecord[], { isCommitted }: { readonly isCommitted: boolean }): Promise<number> {
    const live = news.filter(({ id, record }) => !this.isBuriedBy(hexOf(id), record.owner))
    const unknown = live.filter(({ id }) => !this.#known.has(hexOf(id)))
    const committed = isCommitted ? live.filter(({ id }) => this.#known.get(hexOf(id))?.isCommitted !== true) : []
    const changes: Change[] = [
      ...unknown.map(({ id, document }) => ({ put: keys.record(id), value: packDocument(document) })),
      ...committed.map(({ id }) => ({ put: keys.committed(id), value: new Uint8Array() })),
    ]
    if (changes.length > 0) await this.#deps.store.write(changes)
    for (const { id, record } of unknown) if (!this.isBuriedBy(hexOf(id), record.owner)) this.#add(id, record)
    for (const { id } of committed) this.#commit(hexOf(id))
    return live.length
  }

  /** Marks known sets as committed; durable when it resolves. */
  async commit(hexes: readonly string[]): Promise<void> {
    const fresh = hexes.flatMap((hex) => this.#known.get(hex) ?? []).filter((known) => !known.isCommitted)
    if (fresh.length === 0) return
    await this.#deps.store.write(fresh.map(({ id }) => ({ put: keys.committed(id), value: new Uint8Array() })))
    for (const { hex } of fresh) this.#commit(hex)
  }

  /** Durable when it resolves: the tombstones stay, the records go. Tombstones of another owner than the record's are left out. */
  async bury(tombstones: readonly NewTombstone[]): Promise<number> {
    const valid = tombstones.filter(({ segment, owner }) => {
      const known = this.#known.get(hexOf(segment))
      return known === undefined || compareBytes(known.owner, owner) === 0
    })
    const fresh = valid.filter(({ segment, owner }) => !this.isBuriedBy(hexOf(segment), owner))
    const changes = fresh.flatMap(({ segment, owner, document }): Change[] => [
      { put: keys.tombstone(segment, owner), value: packDocument(document) },
      ...(this.#known.has(hexOf(segment)) ? [{ remove: keys.record(segment) }, { remove: keys.committed(segment) }] : []),
    ])
    if (changes.length > 0) await this.#deps.store.write(changes)
    for (const { segment, owner } of fresh) {
      this.#bury(segment, hexOf(owner))
      this.#deps.onChange(hexOf(segment))
    }
    return valid.length
  }

  /** Ids after `after` in order, at most `limit`. */
  async committedAfter(after: Uint8Array | null, until: Uint8Array | null, limit: number): Promise<Uint8Array[]> {
    return this.#idsAfter(PREFIX.committed, after, until, limit)
  }

  /** Ids of buried sets after `after` in order, at most `limit`. */
  async buriedAfter(after: Uint8Array | null, until: Uint8Array | null, limit: number): Promise<Uint8Array[]> {
    return this.#idsAfter(PREFIX.tombstone, after, until, limit)
  }

  async #idsAfter(prefix: Uint8Array, after: Uint8Array | null, until: Uint8Array | null, limit: number): Promise<Uint8Array[]> {
    const afterKey = after === null ? prefix : concatBytes(prefix, after, new Uint8Array(33).fill(0xff))
    const untilKey = until === null ? endOf(prefix) : concatBytes(prefix, until, new Uint8Array(33).fill(0xff))
    const entries = await this.#deps.store.scan({ from: afterKey, until: untilKey, limit })
    return entries.map(({ key }) => segmentOf(key))
  }

  #add(id: Uint8Array, record: SegmentRecord): void {
    const hex = hexOf(id)
    // learnt meanwhile by another call, perhaps as committed
    if (this.#known.has(hex)) return
    const { owner, required, parity, survive, shardBytes, createdMs } = record
    this.#known.set(hex, { id, hex, owner, required, parity, survive, shardBytes, createdMs, isCommitted: false })
    this.#deps.onChange(hex)
  }

  #commit(hex: string): void {
    const known = this.#known.get(hex)
    if (!known || known.isCommitted) return
    known.isCommitted = true
    this.#deps.onChange(hex)
  }

  #bury(segment: Uint8Array, ownerHex: string): void {
    const hex = hexOf(segment)
    const known = this.#known.get(hex)
    if (known && hexOf(known.owner) === ownerHex) this.#known.delete(hex)
    const owners = this.#buriedBy.get(hex) ?? new Set<string>()
    this.#buriedBy.set(hex, owners.add(ownerHex))
  }
}

/** The fields of a tombstone, from a document that was verified before. */
export function readTombstone(document: SignedDocument): NewTombstone {
  const { segment, owner } = readDocument(TOMBSTONE, document)
  return { segment, owner, document }
}
