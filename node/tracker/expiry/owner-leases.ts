/**
 * The leases of owners that want what they have to go when they do not renew it: the newest word of each, and since when this tracker has
 * it. Every tracker has them all.
 *
 * A lease is over here when its period has passed on the lived clock (`lived-clock.ts`) since this tracker took it: no wall clock ends one,
 * nor does a tracker that was away or lost its memory end one early; or when a majority of all trackers say so of theirs. While it is
 * over the owner's keeps do not count (`answer-leases.ts`), so that the leases of its sets run, and end, as if nobody had kept them. A newer
 * word takes that back for every set that is still known.
 *
 * o ‖ owner → { takenMs, wasOver, lease }
 *
 * @module
 */
import { encodeBytes, parseBytes, signedDocument, type OwnerLease, type SignedDocument } from '@lunarx/core/document'
import { concatBytes, hexOf, timeMs, utf8 } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { InTurn } from '@lunarx/runtime/tasks'
import { z } from 'zod'
import type { LivedClock } from '../lease/lived-clock.ts'
import { endOf, pagesOf } from '../map/keys.ts'
import { readLease, type NewLease } from './open-lease.ts'

const PREFIX = utf8('o')
/** An owner that did not get its answer has tried again by then. */
const TRIED_MS = 3_600_000
const AFTER_OWNER = new Uint8Array(1)
const entrySchema = z.object({ takenMs: timeMs, wasOver: z.boolean(), lease: signedDocument })

export interface OwnerLeasesDeps {
  readonly store: KeyValueStore
  readonly lived: Pick<LivedClock, 'now'>
  readonly log: Log
  readonly scanEntries: number
  /** Owners whose leases are remembered; of one more none is. */
  readonly maxOwners: number
  /** All trackers of the network. */
  readonly trackers: number
  /** A lease that is over is about to be renewed: leases of the owner's sets begin anew. Durable when it resolves. */
  readonly onRevival: (owner: Uint8Array) => Promise<void>
}

export interface KnownLease {
  readonly owner: Uint8Array
  readonly lease: OwnerLease
  readonly document: SignedDocument
  /** By the lived clock. */
  readonly takenMs: number
  /** When it was taken, the one before it was over, or had been a moment before: its owner may not have heard that. */
  readonly wasOver: boolean
}

export interface TakenLease {
  /** stale: a word as new or newer is known. refused: no more owners can be remembered. */
  readonly outcome: 'taken' | 'stale' | 'refused'
  readonly wasOver: boolean
}

export interface OverVote {
  readonly owner: Uint8Array
  readonly sequence: number
}

export class OwnerLeases {
  readonly #deps: OwnerLeasesDeps
  readonly #known = new Map<string, KnownLease>()
  /** Owner → tracker → the lease, by its sequence, that is over there by its own count. */
  readonly #votes = new Map<string, Map<string, number>>()
  /** A newer word is being written: it is not over. */
  readonly #reviving = new Set<string>()
  readonly #turns = new InTurn()

  private constructor(deps: OwnerLeasesDeps) {
    this.#deps = deps
  }

  static async open(deps: OwnerLeasesDeps): Promise<OwnerLeases> {
    const leases = new OwnerLeases(deps)
    for await (const page of pagesOf(deps.store, PREFIX, deps.scanEntries))
      for (const { key, value } of page) {
        const { takenMs, wasOver, lease: document } = parseBytes(entrySchema, value)
        const owner = key.slice(1)
        leases.#known.set(hexOf(owner), { owner, lease: readLease(document), document, takenMs, wasOver })
      }
    return leases
  }

  /** In no order. */
  get all(): Iterable<KnownLease> {
    return this.#known.values()
  }

  of(owner: Uint8Array): KnownLease | undefined {
    return this.#known.get(hexOf(owner))
  }

  /** Its keeps do not count. */
  isOver(owner: Uint8Array): boolean {
    const hex = hexOf(owner)
    const known = this.#known.get(hex)
    if (!known || known.lease.periodMs === null || this.#reviving.has(hex)) return false
    return this.isOverByCount(known) || this.#isOverByVotes(hex, known)
  }

  /** By this tracker's own count. */
  isOverByCount({ lease: { periodMs }, takenMs }: KnownLease): boolean {
    return periodMs !== null && this.#deps.lived.now() - takenMs >= periodMs
  }

  /** Until it is over here, if this tracker runs on; 0: it is; null: it has no end. */
  remainingMs(known: KnownLease): number | null {
    const { periodMs } = known.lease
    if (periodMs === null) return null
    return this.isOver(known.owner) ? 0 : Math.max(0, periodMs - (this.#deps.lived.now() - known.takenMs))
  }

  /** Newer words are durable when it resolves, one by one. @throws {LunarError} STORE_FAILED */
  async take(news: readonly NewLease[]): Promise<TakenLease[]> {
    const taken: TakenLease[] = []
    for (const one of news) taken.push(await this.#turns.run(hexOf(one.owner), () => this.#takeOne(one)))
    return taken
  }

  /** What is over with another tracker, by its own count, of those that it was asked about or told of. */
  vote(tracker: string, known: readonly (OverVote & { readonly isOver: boolean })[]): void {
    for (const { owner, sequence, isOver } of known) {
      const hex = hexOf(owner)
      const votes = this.#votes.get(hex) ?? new Map<string, number>()
      if (isOver && this.#known.has(hex)) this.#votes.set(hex, votes.set(tracker, sequence))
      else votes.delete(tracker)
      if (votes.size === 0) this.#votes.delete(hex)
    }
  }

  /** Behind `after` up to `until`, in order of owner, at most `limit`. */
  async page(after: Uint8Array | null, until: Uint8Array | null, limit: number): Promise<KnownLease[]> {
    const from = after === null ? PREFIX : concatBytes(PREFIX, after, AFTER_OWNER)
    const end = until === null ? endOf(PREFIX) : concatBytes(PREFIX, until, AFTER_OWNER)
    const entries = await this.#deps.store.scan({ from, until: end, limit })
    return entries.flatMap(({ key }) => this.#known.get(hexOf(key.slice(1))) ?? [])
  }

  #isOverByVotes(hex: string, { lease: { sequence } }: KnownLease): boolean {
    const votes = this.#votes.get(hex)?.values() ?? [].values()
    return votes.filter((voted) => voted === sequence).toArray().length * 2 > this.#deps.trackers
  }

  async #takeOne({ owner, lease, document }: NewLease): Promise<TakenLease> {
    const { store, lived, log, maxOwners, onRevival } = this.#deps
    const hex = hexOf(owner)
    const known = this.#known.get(hex)
    if (known && known.lease.sequence >= lease.sequence) {
      const isSame = hexOf(known.document.body) === hexOf(document.body)
      return { outcome: isSame ? 'taken' : 'stale', wasOver: known.wasOver }
    }
    if (!known && this.#known.size >= maxOwners) return { outcome: 'refused', wasOver: false }
    const isRevival = this.isOver(owner)
    const isTried = known !== undefined && known.wasOver && lived.now() - known.takenMs < TRIED_MS
    const wasOver = isRevival || isTried
    this.#reviving.add(hex) // at once: none of the owner's sets begins to run out while this is written
    try {
      if (isRevival) {
        // before the word is durable: cut here, the sets' leases run anew; cut behind it, none of them may have ended
        await onRevival(owner)
        log.info('an owner has renewed a lease that was over', { owner })
      }
      const { body, signature } = document
      const takenMs = lived.now()
      await store.write([{ put: concatBytes(PREFIX, owner), value: encodeBytes({ takenMs, wasOver, lease: { body, signature } }) }])
      this.#known.set(hex, { owner, lease, document, takenMs, wasOver })
      this.#votes.delete(hex)
    } finally {
      this.#reviving.delete(hex)
    }
    return { outcome: 'taken', wasOver }
  }
}
