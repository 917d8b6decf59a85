/**
 * What providers say they hold: statements by inventory, by confirmation, by receipt. In memory, and in the store so that a tracker
 * that restarts need not ask for everything again.
 *
 * A comparison replaces, range by range, what was believed before it began, not what was learnt while it ran: every statement carries
 * a stamp. A condemned statement names a shard whose bytes were wrong: it stays known, so that the provider's next report does not
 * bring it back as healthy, until the provider says that it is gone or its bytes turn out to be right.
 *
 * @module
 */
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { shardKeyBytes, type ShardKey } from '@lunarx/core/inventory'
import { peerIdOf, type PeerId } from '@lunarx/core/membership'
import { bytesOfHex, count, equalBytes, hexOf, name } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { HeldKeys, pagesOf, heldKeyOf, keys, publicKeyOfHeld, PREFIX } from './keys.ts'
import { checkRange, keysIn, planRange, type KeyRange } from './plan-range.ts'
import { Questions, type Question, type StatedShard } from './question.ts'
import type { SetTable } from './set-table.ts'
import { StatementTable, type Holder } from './statement-table.ts'

export interface InventoryPage {
  readonly incarnation: string
  /** The comparison that it belongs to; null: to none. */
  readonly round: number | null
  /** All that is held in this range is listed; null: what changed. */
  readonly range: KeyRange | null
  /** Shard keys, packed. */
  readonly held: Uint8Array
  readonly gone: Uint8Array
  /** Where the inventory has come with this page; null: more is to come. */
  readonly sequence: number | null
}

export interface Taken {
  /** False: nothing is known of the round, or of the incarnation. */
  readonly isTaken: boolean
  /** Where the range is to be gone on with. */
  readonly next: Uint8Array | null
}

const NOT_TAKEN: Taken = { isTaken: false, next: null }

const progressSchema = z.object({ incarnation: name, sequence: count })
type Progress = z.infer<typeof progressSchema>

interface Round {
  readonly incarnation: string
  readonly round: number
  /** The stamp of what is learnt while it runs. */
  readonly since: number
}

interface Stated {
  readonly peer: PeerId
  /** As `shardKeyBytes` makes it. */
  readonly key: Uint8Array
}

const statedOf = (shard: StatedShard): Stated => ({ peer: shard.peer, key: shardKeyBytes(shard) })

const SOUND = new Uint8Array()
const CONDEMNED = Uint8Array.of(1)

export interface StatementDeps {
  readonly store: KeyValueStore
  readonly sets: SetTable
  readonly scanEntries: number
  /** The holders of a set changed. */
  readonly onChange: (hex: string) => void
}

export class Statements {
  readonly #deps: StatementDeps
  readonly #table: StatementTable
  readonly #heldKeys = new HeldKeys()
  readonly #progress = new Map<PeerId, Progress>()
  /** The comparisons under way. */
  readonly #rounds = new Map<PeerId, Round>()
  readonly #questions = new Questions()
  #stamp = 0

  private constructor(deps: StatementDeps) {
    this.#deps = deps
    this.#table = new StatementTable(deps.sets)
  }

  static async open(deps: StatementDeps): Promise<Statements> {
    const statements = new Statements(deps)
    const { store, scanEntries } = deps
    let last: { readonly publicKey: Uint8Array; readonly peer: PeerId } | undefined
    for await (const page of pagesOf(store, PREFIX.held, scanEntries))
      for (const { key, value } of page) {
        const publicKey = publicKeyOfHeld(key)
        if (!last || !equalBytes(last.publicKey, publicKey)) last = { publicKey, peer: peerIdOf(publicKey) }
        statements.#table.add(last.peer, heldKeyOf(key), value.length > 0, 0)
      }
    for await (const page of pagesOf(store, PREFIX.inventory, scanEntries))
      for (const { key, value } of page) statements.#progress.set(peerIdOf(key.slice(1)), parseBytes(progressSchema, value))
    return statements
  }

  /** By provider and key; `compare-ranges.ts` reads it. */
  get table(): StatementTable {
    return this.#table
  }

  /** Inventory sequence of this incarnation that is known here; -1: nothing of it. */
  sequenceOf(peer: PeerId, incarnation: string): number {
    const progress = this.#progress.get(peer)
    return progress?.incarnation === incarnation ? progress.sequence : -1
  }

  /** Who says to hold shards of a set, in order of index, then peer. */
  holders(hex: string): Holder[] {
    const set = this.#deps.sets.find(bytesOfHex(hex))
    return set === 0 ? [] : this.#table.holders(set)
  }

  hasHolders(hex: string): boolean {
    const { sets } = this.#deps
    return sets.holders(sets.find(bytesOfHex(hex))) !== 0
  }

  /** Sets that anyone says to hold shards of, as hex. */
  *heldSets(): Generator<string> {
    const { sets } = this.#deps
    for (const row of sets.rows()) if (sets.holders(row) !== 0) yield sets.hex(row)
  }

  /** Sets of which a provider says to hold shards, as hex; once for each shard. */
  *setsOf(peer: PeerId): Generator<string> {
    for (const row of this.#table.range(peer, new Uint8Array(), undefined)) yield this.#deps.sets.hex(this.#table.setOf(row))
  }

  /** A comparison begins: what is learnt from now on is not dropped by it. */
  begin(peer: PeerId, { incarnation, round }: Pick<Round, 'incarnation' | 'round'>): void {
    this.#rounds.set(peer, { incarnation, round, since: ++this.#stamp })
  }

  /** This comparison is under way. */
  isUnderWay(peer: PeerId, { incarnation, round }: Pick<Round, 'incarnation' | 'round'>): boolean {
    const current = this.#rounds.get(peer)
    return current?.incarnation === incarnation && current.round === round
  }

  /**
   * One page of a provider's report; durable when it resolves. What is known already is not written again.
   * @throws {LunarError} BAD_MESSAGE
   */
  async report(peer: PeerId, page: InventoryPage): Promise<Taken> {
    const { incarnation, round, range, sequence } = page
    const isExpected = round === null ? this.sequenceOf(peer, incarnation) >= 0 : this.isUnderWay(peer, { incarnation, round })
    if (!isExpected) return NOT_TAKEN
    const since = this.#rounds.get(peer)?.since ?? 0
    const held = keysIn(page.held)
    if (range) checkRange(range, held)
    const plan = range && planRange(this.#table, peer, { range, held, since })
    const [taken, dropped, gone] = plan ? [plan.taken, plan.dropped, []] : [held, [], keysIn(page.gone)]
    const isLast = sequence !== null && !plan?.next
    const fresh = taken.filter((key) => this.#table.find(peer, key) === 0)
    const changes: Change[] = [
      ...fresh.map((key) => ({ put: this.#heldKeys.of(peer, key), value: SOUND })),
      ...[...dropped, ...gone].map((key) => ({ remove: this.#heldKeys.of(peer, key) })),
      ...(isLast ? [{ put: keys.inventory(peer), value: encodeBytes({ incarnation, sequence }) }] : []),
    ]
    await this.#deps.store.write(changes) // even none: behind what is being denied
    for (const key of fresh) this.#affirm(peer, key)
    for (const key of gone) this.#delete(peer, key)
    const believed = [...this.#affirmKnown(peer, taken), ...this.#drop(peer, dropped, since)]
    await this.#restore(believed.map((key) => ({ peer, key })))
    if (isLast) this.#progress.set(peer, { incarnation, sequence })
    if (isLast && round !== null) this.#rounds.delete(peer)
    return { isTaken: true, next: plan?.next ?? null }
  }

  /** The provider has confirmed these shards just now; durable when it resolves. */
  async affirm(statements: readonly StatedShard[]): Promise<void> {
    const shards = statements.map(statedOf)
    const fresh = shards.filter(({ peer, key }) => this.#table.find(peer, key) === 0)
    if (fresh.length > 0) await this.#deps.store.write(fresh.map(({ peer, key }) => ({ put: this.#heldKeys.of(peer, key), value: SOUND })))
    for (const { peer, key } of shards) this.#affirm(peer, key)
  }

  /** To be called before providers are asked about shards that they may not hold any more. */
  question(shards: readonly StatedShard[]): Question {
    return this.#questions.begin(shards)
  }

  /**
   * The answer: the providers did not hold these shards. What they affirmed since they were asked stays believed. Durable when it resolves.
   * @param shards of those that were asked for
   */
  async deny(question: Question, shards: readonly StatedShard[]): Promise<void> {
    const isOvertaken = ({ peer, key }: Stated): boolean => question.isOvertaken(peer, key)
    const believed = shards.map(statedOf).filter((one) => this.#table.find(one.peer, one.key) !== 0 && !isOvertaken(one))
    if (believed.length === 0) return
    await this.#deps.store.write(believed.map(({ peer, key }) => ({ remove: this.#heldKeys.of(peer, key) })))
    const overtaken = believed.filter(isOvertaken) // while this was written
    for (const one of believed) if (!overtaken.includes(one)) this.#delete(one.peer, one.key)
    await this.#restore(overtaken)
  }

  /** The provider's bytes of this shard are wrong; durable when it resolves. */
  async condemn(peer: PeerId, shard: ShardKey): Promise<void> {
    const key = shardKeyBytes(shard)
    await this.#deps.store.write([{ put: this.#heldKeys.of(peer, key), value: CONDEMNED }])
    const row = this.#table.find(peer, key) || this.#table.add(peer, key, true, this.#stamp)
    this.#table.setStamp(row, this.#stamp)
    this.#table.condemn(row)
    this.#deps.onChange(hexOf(shard.segment))
  }

  /** The provider's bytes of this shard are right after all; durable when it resolves. */
  async absolve(peer: PeerId, shard: ShardKey): Promise<void> {
    const key = shardKeyBytes(shard)
    if (this.#table.find(peer, key) === 0) return
    await this.#deps.store.write([{ put: this.#heldKeys.of(peer, key), value: SOUND }])
    const row = this.#table.find(peer, key) || this.#table.add(peer, key, false, this.#stamp)
    this.#table.absolve(row)
    this.#deps.onChange(hexOf(shard.segment))
  }

  /** Stamps what is known. @returns what was denied while the page was written: somebody lists it all the same */
  #affirmKnown(peer: PeerId, taken: readonly Uint8Array[]): Uint8Array[] {
    return taken.filter((key) => {
      const row = this.#table.find(peer, key)
      if (row !== 0) this.#table.setStamp(row, this.#stamp)
      this.#questions.overtake(peer, key)
      return row === 0
    })
  }

  /** @returns what was affirmed while its removal was written */
  #drop(peer: PeerId, dropped: readonly Uint8Array[], since: number): Uint8Array[] {
    return dropped.filter((key) => {
      const row = this.#table.find(peer, key)
      if (row !== 0 && this.#table.stamp(row) >= since) return true
      this.#delete(peer, key)
      return false
    })
  }

  /** Believed, but not in the store any more. */
  async #restore(believed: readonly Stated[]): Promise<void> {
    if (believed.length === 0) return
    const valueOf = ({ peer, key }: Stated): Uint8Array => (this.#table.isCondemned(this.#table.find(peer, key)) ? CONDEMNED : SOUND)
    await this.#deps.store.write(believed.map((one) => ({ put: this.#heldKeys.of(one.peer, one.key), value: valueOf(one) })))
    for (const { peer, key } of believed) this.#affirm(peer, key)
  }

  #affirm(peer: PeerId, key: Uint8Array): void {
    this.#questions.overtake(peer, key)
    const row = this.#table.find(peer, key)
    if (row !== 0) {
      this.#table.setStamp(row, this.#stamp)
      return
    }
    this.#table.add(peer, key, false, this.#stamp)
    this.#deps.onChange(hexOf(key.subarray(0, key.length - 1)))
  }

  #delete(peer: PeerId, key: Uint8Array): void {
    const row = this.#table.find(peer, key)
    if (row === 0) return
    this.#table.remove(row)
    this.#deps.onChange(hexOf(key.subarray(0, key.length - 1)))
  }
}
