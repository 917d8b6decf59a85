/**
 * The sets of one object on their way: each is sealed, noted in the journal, stored; or found again in the journal of an earlier put,
 * and then stored from where that one stopped, or not at all.
 *
 * Without a journal (another put of the same name is under way here, or the caller wants none) the same, but for the notes.
 *
 * @module
 */
import { SEGMENT_RECORD, readDocument } from '@lunarx/core/document'
import { hasCode, hexOf } from '@lunarx/core/model'
import type { Placed } from '@lunarx/wire'
import { commit } from './commit.ts'
import type { StoredSet } from './content.ts'
import { plaintextDigest } from './digest.ts'
import { placeOf, type Journal, type JournaledSet } from './journal/index.ts'
import { Keeping, type KeepDeps } from './keep.ts'
import { seal, seedsOf, type ObjectPlan, type Sealable, type SealDeps, type SealedSet } from './seal.ts'
import { storeSet, type Holding, type StoreSetDeps } from './store-set.ts'

export interface UploadOptions {
  readonly plan: Omit<ObjectPlan, 'copy'>
  /** Backup copies of each set. */
  readonly copies: number
  readonly journal: Journal | undefined
  /** Holders of a set that must confirm, k … n. */
  readonly needed: number
  readonly signal: AbortSignal
}

export type UploadDeps = SealDeps & StoreSetDeps & KeepDeps

/** Sealed now, and how far an earlier put came with it. */
export interface PendingSet {
  readonly kind: 'pending'
  readonly set: SealedSet
  readonly earlier: JournaledSet | undefined
}

/** Stored by an earlier put, and confirmed by its holders again. */
export interface DoneSet {
  readonly kind: 'done'
  readonly set: StoredSet
}

export class Upload {
  readonly #options: UploadOptions
  readonly #deps: UploadDeps
  readonly #digest: ReturnType<typeof plaintextDigest>
  /** By id as hex: sets that may be stored in part or whole. */
  readonly #attempted = new Map<string, Uint8Array>()
  /** By id as hex: reservations that are not known to be used up. */
  readonly #reserved = new Map<string, Placed[]>()
  readonly #unused: Map<number, JournaledSet>
  readonly #keeping: Keeping
  /** Sets of the earlier put that were not stored again. */
  skipped = 0
  /** The least margin of all sets so far: holders beyond k. */
  margin = Number.POSITIVE_INFINITY

  constructor(options: UploadOptions, deps: UploadDeps) {
    this.#options = options
    this.#deps = deps
    this.#digest = plaintextDigest(options.plan.dataKey, deps.crypto)
    this.#keeping = new Keeping(deps)
    this.#unused = new Map(options.journal?.state.sets)
  }

  get dataKey(): Uint8Array {
    return this.#options.plan.dataKey
  }

  /** Sets of each segment: itself and its backup copies. */
  get setsPerSegment(): number {
    return 1 + this.#options.copies
  }

  /** Ids of all sets of this put and the one it goes on with. */
  get attempted(): Uint8Array[] {
    return [...this.#attempted.values(), ...this.leftOver]
  }

  /** Ids of sets of the earlier put that this one has no use for: the source is another one there. Whole after the last segment. */
  get leftOver(): Uint8Array[] {
    const replaced = this.#options.journal?.state.replaced ?? []
    return [...[...this.#unused.values()].map(({ id }) => id), ...replaced].filter((id) => !this.#attempted.has(hexOf(id)))
  }

  /** Reservations of sets that are not stored. */
  get reserved(): Placed[] {
    return [...this.#reserved.values()].flat()
  }

  /**
   * What is to be stored of a segment. The caller disposes of what is pending.
   * @param copy which backup copy; 0: the segment itself
   */
  async seal(segment: Sealable, copy: number): Promise<PendingSet | DoneSet> {
    const { journal, signal } = this.#options
    const plan = { ...this.#options.plan, copy }
    const place = { sealIndex: segment.index, ...(copy > 0 ? { copy } : {}) }
    const digest = journal && (await this.#digest(segment.index, segment.bytes))
    const earlier = digest && this.#unused.get(placeOf(place))
    if (earlier && earlier.plaintextBytes === segment.bytes.length && hexOf(earlier.digest) === hexOf(digest)) {
      const found = await this.#find(earlier)
      signal.throwIfAborted()
      if (found.kind === 'done') return found
      if (found.kind === 'stored in part') {
        const { createdMs } = readDocument(SEGMENT_RECORD, earlier.record)
        return { kind: 'pending', set: await seal(segment, plan, this.#deps, signal, { ...earlier, createdMs }), earlier }
      }
    }
    const set = await seal(segment, plan, this.#deps, signal)
    this.#attempted.set(hexOf(set.id), set.id)
    if (digest) await journal.sealed({ ...place, plaintextBytes: set.plaintextBytes, digest, salt: set.salt, record: set.record })
    return { kind: 'pending', set, earlier: undefined }
  }

  /** @param onSent shard bytes of the set handed to the network so far */
  async store({ set, earlier }: PendingSet, onSent: (sentBytes: number) => void): Promise<StoredSet> {
    const { journal, needed, signal } = this.#options
    const hex = hexOf(set.id)
    if (earlier) this.#reserved.set(hex, [...earlier.placed])
    const onReserved = async (placed: readonly Placed[]): Promise<void> => {
      this.#reserved.set(hex, [...(this.#reserved.get(hex) ?? []), ...placed])
      await journal?.reserved({ segment: set.id, placed: [...placed] })
    }
    const holding = await storeSet(set, this.#deps, { signal, needed, earlier: earlier?.placed, onReserved, onSent })
    this.#reserved.delete(hex)
    return await this.#stored(set, set.required, holding)
  }

  /** All sets of the object are kept when it resolves. @throws as {@link Keeping.all} */
  async keepAll(): Promise<void> {
    await this.#keeping.all(this.#options.signal)
  }

  /** @throws as {@link Keeping.assertRecent} */
  assertKept(): void {
    this.#keeping.assertRecent()
  }

  async #stored(set: Omit<StoredSet, 'holders'>, required: number, { held, holders }: Holding): Promise<StoredSet> {
    this.margin = Math.min(this.margin, held.size - required)
    await this.#options.journal?.stored(set.id, held, holders)
    this.#keeping.add(set.id)
    await this.#keeping.due(this.#options.signal)
    const { id, salt, plaintextBytes, positionSeeds, addresses, createdMs } = set
    return { id, salt, plaintextBytes, positionSeeds, addresses, createdMs, holders }
  }

  /** Its holders are asked: what the journal says may be long ago. */
  async #find(earlier: JournaledSet): Promise<DoneSet | { readonly kind: 'stored in part' | 'buried' }> {
    const { crypto, keys } = this.#deps
    const { id, salt, plaintextBytes, record } = earlier
    try {
      const held = await commit({ id }, this.#deps, this.#options.signal)
      this.#attempted.set(hexOf(id), id)
      this.#unused.delete(placeOf(earlier))
      if (held.size < this.#options.needed) return { kind: 'stored in part' }
      const { required, addresses, createdMs } = readDocument(SEGMENT_RECORD, record)
      const { positionSeeds } = seedsOf(keys, salt, crypto)
      const holders = new Map([...(earlier.stored?.holders ?? [])].filter(([index]) => held.has(index)))
      this.skipped++
      const set = { id, salt, plaintextBytes, positionSeeds, addresses, createdMs }
      return { kind: 'done', set: await this.#stored(set, required, { held, holders }) }
    } catch (error) {
      if (hasCode(error, 'TOMBSTONED')) return { kind: 'buried' }
      throw error
    }
  }
}
