/**
 * What providers say they hold: statements by inventory, by confirmation, by receipt. In memory, and in the store so that a tracker
 * that restarts need not ask for everything again.
 *
 * A full report replaces what was believed before it began, not what was learnt while it ran: every statement carries a stamp.
 * A condemned statement names a shard whose bytes were wrong: it stays known, so that the provider's next report does not bring it
 * back as healthy, until the provider says that it is gone.
 *
 * @module
 */
import { parseBytes, encodeBytes } from '@lunarx/core/document'
import { peerIdOf, type PeerId } from '@lunarx/core/membership'
import { count, hexOf, name } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { entriesOf, keys, partsOfHeld, PREFIX } from './keys.ts'

/** One shard that a provider says it holds. */
export interface Holder {
  readonly index: number
  readonly peer: PeerId
  /** Its bytes did not match the address. */
  readonly isCondemned: boolean
}

export interface HeldShard {
  readonly segment: Uint8Array
  readonly index: number
}

export interface InventoryPage {
  readonly incarnation: string
  readonly full: boolean
  readonly first: boolean
  readonly last: boolean
  readonly sequence: number
  readonly held: readonly HeldShard[]
  readonly gone: readonly HeldShard[]
}

interface Statement {
  readonly id: Uint8Array
  readonly index: number
  stamp: number
  isCondemned: boolean
  /** Not believed any more, though somebody may still have it in hand. */
  isDropped: boolean
}

const progressSchema = z.object({ incarnation: name, sequence: count })
type Progress = z.infer<typeof progressSchema>

const SOUND = new Uint8Array()
const CONDEMNED = Uint8Array.of(1)

export interface StatementDeps {
  readonly store: KeyValueStore
  readonly scanEntries: number
  /** The holders of a set changed. */
  readonly onChange: (hex: string) => void
}

export class Statements {
  readonly #deps: StatementDeps
  /** Provider → `hex:index` → statement. */
  readonly #byPeer = new Map<PeerId, Map<string, Statement>>()
  /** Set → `peer:index` → holder. */
  readonly #bySet = new Map<string, Map<string, Holder>>()
  readonly #progress = new Map<PeerId, Progress>()
  /** Provider → incarnation and stamp of the full report under way. */
  readonly #reporting = new Map<PeerId, { readonly incarnation: string; readonly since: number }>()
  #stamp = 0

  private constructor(deps: StatementDeps) {
    this.#deps = deps
  }

  static async open(deps: StatementDeps): Promise<Statements> {
    const statements = new Statements(deps)
    const { store, scanEntries } = deps
    for await (const { key, value } of entriesOf(store, PREFIX.held, scanEntries)) {
      const { publicKey, id, index } = partsOfHeld(key)
      statements.#set(peerIdOf(publicKey), { id, index, stamp: 0, isCondemned: value.length > 0, isDropped: false })
    }
    for await (const { key, value } of entriesOf(store, PREFIX.inventory, scanEntries))
      statements.#progress.set(peerIdOf(key.slice(1)), parseBytes(progressSchema, value))
    return statements
  }

  /** Inventory sequence of this incarnation that is known here; -1: nothing of it. */
  sequenceOf(peer: PeerId, incarnation: string): number {
    const progress = this.#progress.get(peer)
    return progress?.incarnation === incarnation ? progress.sequence : -1
  }

  /** Who says to hold shards of a set, in order of index, then peer. */
  holders(hex: string): Holder[] {
    return [...(this.#bySet.get(hex)?.values() ?? [])].sort((a, b) => a.index - b.index || (a.peer < b.peer ? -1 : 1))
  }

  hasHolders(hex: string): boolean {
    return this.#bySet.has(hex)
  }

  /** Sets that anyone says to hold shards of, as hex. */
  heldSets(): Iterable<string> {
    return this.#bySet.keys()
  }

  /** Sets of which a provider says to hold shards, as hex. */
  setsOf(peer: PeerId): string[] {
    return [...new Set([...(this.#byPeer.get(peer)?.values() ?? [])].map(({ id }) => hexOf(id)))]
  }

  /**
   * One page of a provider's report; durable when it resolves. Pages of another incarnation than the one begun are ignored. What is
   * known already is not written again: a full report of what nobody doubted costs a look-up per shard.
   */
  async report(peer: PeerId, page: InventoryPage): Promise<void> {
    if (page.full && page.first) this.#reporting.set(peer, { incarnation: page.incarnation, since: ++this.#stamp })
    const reporting = this.#reporting.get(peer)
    const isExpected = page.full ? reporting?.incarnation === page.incarnation : this.sequenceOf(peer, page.incarnation) >= 0
    if (!isExpected) return
    const { known, unknown } = this.#sort(peer, page.held)
    const dropped = page.full && page.last ? this.#before(peer, reporting?.since ?? 0, page.held) : []
    await this.#deps.store.write([
      ...this.#putChanges(peer, unknown),
      ...[...page.gone, ...dropped].map(({ segment, index }) => ({ remove: keys.held(peer, segment, index) })),
      ...(page.last ? [{ put: keys.inventory(peer), value: encodeBytes({ incarnation: page.incarnation, sequence: page.sequence }) }] : []),
    ])
    for (const statement of known) statement.stamp = ++this.#stamp
    for (const { segment, index } of unknown) this.#affirm(peer, segment, index)
    const denied = known.filter(({ isDropped }) => isDropped) // while this was written
    if (denied.length > 0) await this.affirm(denied.map(({ id, index }) => ({ segment: id, index, peer })))
    for (const { segment, index } of [...page.gone, ...dropped]) this.#delete(peer, segment, index)
    if (page.last) this.#progress.set(peer, { incarnation: page.incarnation, sequence: page.sequence })
    if (page.full && page.last) this.#reporting.delete(peer)
  }

  /** The provider has confirmed these shards just now; durable when it resolves. */
  async affirm(statements: readonly (HeldShard & { readonly peer: PeerId })[]): Promise<void> {
    const fresh = statements.filter(({ peer, segment, index }) => this.#get(peer, segment, index) === undefined)
    if (fresh.length > 0)
      await this.#deps.store.write(fresh.flatMap(({ peer, segment, index }) => this.#putChanges(peer, [{ segment, index }])))
    for (const { peer, segment, index } of statements) this.#affirm(peer, segment, index)
  }

  /** The provider does not hold these shards, or holds them no more; durable when it resolves. */
  async deny(peer: PeerId, shards: readonly HeldShard[]): Promise<void> {
    const believed = shards.filter(({ segment, index }) => this.#get(peer, segment, index) !== undefined)
    if (believed.length === 0) return
    await this.#deps.store.write(believed.map(({ segment, index }) => ({ remove: keys.held(peer, segment, index) })))
    for (const { segment, index } of believed) this.#delete(peer, segment, index)
  }

  /** The provider's bytes of this shard are wrong; durable when it resolves. */
  async condemn(peer: PeerId, { segment, index }: HeldShard): Promise<void> {
    await this.#deps.store.write([{ put: keys.held(peer, segment, index), value: CONDEMNED }])
    this.#set(peer, { id: segment, index, stamp: ++this.#stamp, isCondemned: true, isDropped: false })
    this.#deps.onChange(hexOf(segment))
  }

  #sort(peer: PeerId, held: readonly HeldShard[]): { readonly known: Statement[]; readonly unknown: HeldShard[] } {
    const ofPeer = this.#byPeer.get(peer)
    const [known, unknown]: [Statement[], HeldShard[]] = [[], []]
    for (const shard of held) {
      const statement = ofPeer?.get(statementKey(hexOf(shard.segment), shard.index))
      if (statement) known.push(statement)
      else unknown.push(shard)
    }
    return { known, unknown }
  }

  /** Statements of a provider that are older than its full report and not on its last page. */
  #before(peer: PeerId, since: number, lastPage: readonly HeldShard[]): HeldShard[] {
    const affirmed = new Set(lastPage.map(({ segment, index }) => statementKey(hexOf(segment), index)))
    return [...(this.#byPeer.get(peer) ?? [])]
      .filter(([key, { stamp }]) => stamp < since && !affirmed.has(key))
      .map(([, { id, index }]) => ({ segment: id, index }))
  }

  #putChanges(peer: PeerId, shards: readonly HeldShard[]): Change[] {
    return shards
      .filter(({ segment, index }) => this.#get(peer, segment, index) === undefined)
      .map(({ segment, index }) => ({ put: keys.held(peer, segment, index), value: SOUND }))
  }

  #get(peer: PeerId, segment: Uint8Array, index: number): Statement | undefined {
    return this.#byPeer.get(peer)?.get(statementKey(hexOf(segment), index))
  }

  #affirm(peer: PeerId, segment: Uint8Array, index: number): void {
    const before = this.#get(peer, segment, index)
    const stamp = ++this.#stamp
    if (before) {
      before.stamp = stamp
      return
    }
    this.#set(peer, { id: segment, index, stamp, isCondemned: false, isDropped: false })
    this.#deps.onChange(hexOf(segment))
  }

  #set(peer: PeerId, statement: Statement): void {
    const hex = hexOf(statement.id)
    const ofPeer = this.#byPeer.get(peer) ?? new Map<string, Statement>()
    this.#byPeer.set(peer, ofPeer.set(statementKey(hex, statement.index), statement))
    const ofSet = this.#bySet.get(hex) ?? new Map<string, Holder>()
    const { index, isCondemned } = statement
    this.#bySet.set(hex, ofSet.set(statementKey(peer, index), { index, peer, isCondemned }))
  }

  #delete(peer: PeerId, segment: Uint8Array, index: number): void {
    const hex = hexOf(segment)
    const ofPeer = this.#byPeer.get(peer)
    const statement = ofPeer?.get(statementKey(hex, index))
    if (!statement) return
    statement.isDropped = true
    ofPeer?.delete(statementKey(hex, index))
    const ofSet = this.#bySet.get(hex)
    ofSet?.delete(statementKey(peer, index))
    if (ofSet?.size === 0) this.#bySet.delete(hex)
    this.#deps.onChange(hex)
  }
}

const statementKey = (what: string, index: number): string => `${what}:${index}`
