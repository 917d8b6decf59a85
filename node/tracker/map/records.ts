/**
 * The sets this tracker knows: a summary of each signed record in memory (`set-table.ts`), the record itself and tombstones in the store.
 *
 * Says nothing of holders (`statements.ts`). A live record has no tombstone of its owner: burying removes it. Tombstones of owners
 * that the record does not name are kept apart by their key and change nothing.
 *
 * @module
 */
import {
  packTombstone,
  readDocument,
  SEGMENT_RECORD,
  TOMBSTONE,
  unpackTombstone,
  type SegmentRecord,
  type SignedDocument,
} from '@lunarx/core/document'
import { bytesOfHex, compareBytes, concatBytes, hexOf } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { packDocument, unpackDocument } from './document-bytes.ts'
import { endOf, pagesOf, keys, PREFIX, segmentOf } from './keys.ts'
import type { KnownSet, SetSummary, SetTable } from './set-table.ts'
import { packSummary, unpackSummary } from './summary.ts'

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
  /** Whose tombstones these are. */
  readonly network: string
  readonly store: KeyValueStore
  readonly sets: SetTable
  readonly scanEntries: number
  /** A set appeared, was committed or was buried. */
  readonly onChange: (hex: string) => void
}

export class Records {
  readonly #deps: RecordDeps
  #size = 0
  /** Segment → hex of the owners that buried it; sets that one owner buried share its list. */
  readonly #buriedBy = new Map<string, readonly string[]>()
  /** Owner → the list of it alone. */
  readonly #alone = new Map<string, readonly string[]>()

  private constructor(deps: RecordDeps) {
    this.#deps = deps
  }

  static async open(deps: RecordDeps): Promise<Records> {
    const records = new Records(deps)
    const { store, scanEntries } = deps
    for (const isCommitted of [false, true]) {
      const prefix = isCommitted ? PREFIX.committed : PREFIX.uncommitted
      for await (const page of pagesOf(store, prefix, scanEntries))
        for (const { key, value } of page) {
          const row = records.#enter(segmentOf(key), unpackSummary(value))
          if (isCommitted) deps.sets.setCommitted(row)
        }
    }
    for await (const page of pagesOf(store, PREFIX.tombstone, scanEntries))
      for (const { key } of page) records.#bury(segmentOf(key), key.slice(33))
    return records
  }

  get size(): number {
    return this.#size
  }

  /** As it is now: what is told of it does not change by itself. */
  get(hex: string): KnownSet | undefined {
    return this.#deps.sets.known(this.#row(bytesOfHex(hex)))
  }

  has(id: Uint8Array): boolean {
    return this.#row(id) !== 0
  }

  *all(): Generator<KnownSet> {
    for (const row of this.#deps.sets.rows()) {
      const known = this.#deps.sets.known(row)
      if (known) yield known
    }
  }

  /**
   * The sets one by one, in no order. What comes or goes meanwhile is met or not.
   * @param place behind which to look; 0: from the beginning
   * @returns undefined behind the last one
   */
  after(place: number): { readonly place: number; readonly set: KnownSet } | undefined {
    const row = this.#deps.sets.after(place)
    const set = row === 0 ? undefined : this.#deps.sets.known(row)
    return set && { place: row, set }
  }

  /** Ids of the sets of an owner whose records are known. */
  *ownedBy(owner: Uint8Array): Generator<Uint8Array> {
    for (const row of this.#deps.sets.ownedBy(owner)) yield this.#deps.sets.id(row)
  }

  /**
   * A set that this tracker is to know and does not, or that is deleted: whoever holds a shard of it is to be asked, and told.
   * @param isOwner whether this tracker owns an id on the ring; the same for as long as it runs
   */
  isWanting(row: number, isOwner: (id: Uint8Array) => boolean): boolean {
    const { sets } = this.#deps
    if (sets.hasRecord(row)) return false
    if (this.#buriedBy.size > 0 && this.#buriedBy.has(sets.hex(row))) return true
    if (sets.isForeign(row)) return false
    if (isOwner(sets.id(row))) return true
    sets.setForeign(row)
    return false
  }

  /** The set is not known as live, and someone has buried it: for a record of the same owner that is final. */
  isBuried(hex: string): boolean {
    return this.#buriedBy.has(hex) && !this.has(bytesOfHex(hex))
  }

  isBuriedBy(hex: string, owner: Uint8Array): boolean {
    return this.#buriedBy.get(hex)?.includes(hexOf(owner)) ?? false
  }

  async document(id: Uint8Array): Promise<SignedDocument | undefined> {
    const bytes = await this.#deps.store.get(keys.record(id))
    return bytes && unpackDocument(bytes)
  }

  /** Looks into records of which summaries do not say their class. @throws {LunarError} STORE_FAILED */
  async readClasses(hexes: readonly string[]): Promise<void> {
    for (const hex of hexes) {
      const id = bytesOfHex(hex)
      const document = await this.document(id)
      const row = this.#row(id)
      if (row === 0) continue
      this.#deps.sets.setClass(row, document ? readDocument(SEGMENT_RECORD, document).className : '')
      this.#deps.onChange(hex)
    }
  }

  /** Tombstones of a set; usually one. */
  async tombstones(id: Uint8Array): Promise<SignedDocument[]> {
    const from = keys.tombstone(id, new Uint8Array())
    const entries = await this.#deps.store.scan({ from, until: concatBytes(from, new Uint8Array(33).fill(0xff)), limit: 16 })
    return entries.map(({ key, value }) => unpackTombstone(value, { network: this.#deps.network, segment: id, owner: key.slice(33) }))
  }

  /** Durable when it resolves. Verified records only; those that their owner has buried are left out. */
  async learn(news: readonly NewRecord[], { isCommitted }: { readonly isCommitted: boolean }): Promise<number> {
    const live = news.filter(({ id, record }) => !this.isBuriedBy(hexOf(id), record.owner))
    const unknown = live.filter(({ id }) => !this.has(id))
    const committed = isCommitted ? live.filter(({ id }) => !this.#isCommitted(id)) : []
    const changes: Change[] = [
      ...unknown.map(({ id, document }) => ({ put: keys.record(id), value: packDocument(document) })),
      ...(isCommitted ? [] : unknown.map(({ id, record }) => ({ put: keys.uncommitted(id), value: packSummary(record) }))),
      ...committed.flatMap(({ id, record }) => commitChanges(id, record)),
    ]
    if (changes.length > 0) await this.#deps.store.write(changes)
    for (const { id, record } of unknown) if (!this.isBuriedBy(hexOf(id), record.owner)) this.#add(id, record)
    for (const { id } of committed) this.#commit(id)
    return live.length
  }

  /** Marks known sets as committed; durable when it resolves. */
  async commit(hexes: readonly string[]): Promise<void> {
    const fresh = hexes.flatMap((hex) => this.get(hex) ?? []).filter((known) => !known.isCommitted)
    if (fresh.length === 0) return
    await this.#deps.store.write(fresh.flatMap((known) => commitChanges(known.id, known)))
    for (const { id } of fresh) this.#commit(id)
  }

  /** Durable when it resolves: the tombstones stay, the records go. Tombstones of another owner than the record's are left out. */
  async bury(tombstones: readonly NewTombstone[]): Promise<number> {
    const { sets, network } = this.#deps
    const valid = tombstones.filter(({ segment, owner }) => {
      const known = sets.known(this.#row(segment))
      return known === undefined || compareBytes(known.owner, owner) === 0
    })
    const fresh = valid.filter(({ segment, owner }) => !this.isBuriedBy(hexOf(segment), owner))
    const changes = fresh.flatMap(({ segment, owner, document }): Change[] => [
      { put: keys.tombstone(segment, owner), value: packTombstone(document, { network, segment, owner }) },
      ...(this.has(segment) ? [keys.record, keys.uncommitted, keys.committed].map((key) => ({ remove: key(segment) })) : []),
    ])
    if (changes.length > 0) await this.#deps.store.write(changes)
    for (const { segment, owner } of fresh) {
      this.#bury(segment, owner)
      this.#deps.onChange(hexOf(segment))
    }
    return valid.length
  }

  /** The record goes without a tombstone: whoever has a shard of the set teaches it again. Durable when it resolves. */
  async forget(id: Uint8Array): Promise<void> {
    const { sets, store } = this.#deps
    const row = this.#row(id)
    if (row === 0) return
    sets.clearRecord(row)
    sets.release(row)
    this.#size--
    this.#deps.onChange(hexOf(id))
    await store.write([keys.record, keys.uncommitted, keys.committed].map((key) => ({ remove: key(id) })))
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

  /** The row of a set whose record is known; 0: it is not. */
  #row(id: Uint8Array): number {
    const row = this.#deps.sets.find(id)
    return this.#deps.sets.hasRecord(row) ? row : 0
  }

  #isCommitted(id: Uint8Array): boolean {
    return this.#deps.sets.isCommitted(this.#row(id))
  }

  #enter(id: Uint8Array, summary: SetSummary): number {
    const { sets } = this.#deps
    const row = sets.take(id)
    if (!sets.hasRecord(row)) this.#size++
    sets.setRecord(row, summary)
    return row
  }

  #add(id: Uint8Array, record: SegmentRecord): void {
    // learnt meanwhile by another call, perhaps as committed
    if (this.has(id)) return
    this.#enter(id, record)
    this.#deps.onChange(hexOf(id))
  }

  #commit(id: Uint8Array): void {
    const row = this.#row(id)
    if (row === 0 || this.#deps.sets.isCommitted(row)) return
    this.#deps.sets.setCommitted(row)
    this.#deps.onChange(hexOf(id))
  }

  #bury(segment: Uint8Array, owner: Uint8Array): void {
    const { sets } = this.#deps
    const row = this.#row(segment)
    if (row !== 0 && compareBytes(sets.known(row)?.owner ?? owner, owner) === 0) {
      sets.clearRecord(row)
      sets.release(row)
      this.#size--
    }
    const [hex, by] = [hexOf(segment), hexOf(owner)]
    const alone = this.#alone.get(by) ?? [by]
    this.#alone.set(by, alone)
    const before = this.#buriedBy.get(hex)
    if (!before?.includes(by)) this.#buriedBy.set(hex, before ? [...before, by] : alone)
  }
}

function commitChanges(id: Uint8Array, summary: SetSummary): Change[] {
  return [{ put: keys.committed(id), value: packSummary(summary) }, { remove: keys.uncommitted(id) }]
}

/** The fields of a tombstone, from a document that was verified before. */
export function readTombstone(document: SignedDocument): NewTombstone {
  const { segment, owner } = readDocument(TOMBSTONE, document)
  return { segment, owner, document }
}
