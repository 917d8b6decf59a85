/**
 * Every set that a tracker has confirmed to a client as committed: from then on the network owes it full redundancy, until its owner
 * buries it.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, readDocument, SEGMENT_RECORD, type SegmentRecord, type SignedDocument, TOMBSTONE } from '@lunarx/core/document'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import type { Answered, AskOptions, Peers } from '@lunarx/net/peers'
import { bury, commit, type Exchange, reserve } from '@lunarx/wire'
import { disguised } from '../fleet/disguised.ts'

export interface CommittedSet {
  readonly id: Uint8Array
  readonly record: SegmentRecord
}

export class CommittedSets {
  readonly #crypto: CryptoEngine
  readonly #records = new Map<string, SegmentRecord>()
  readonly #committed = new Map<string, CommittedSet>()
  /** The owner wants these gone, whether or not a tracker has heard it. */
  readonly #buried = new Set<string>()
  /** A tracker has acknowledged that these are to go. */
  readonly #gone = new Set<string>()

  constructor(crypto: CryptoEngine) {
    this.#crypto = crypto
  }

  /** Those that were never buried. */
  get owed(): CommittedSet[] {
    return [...this.#committed].flatMap(([hex, set]) => (this.#buried.has(hex) ? [] : [set]))
  }

  /** Those whose burial was acknowledged: nobody may keep a shard of them. */
  get gone(): CommittedSet[] {
    return [...this.#committed].flatMap(([hex, set]) => (this.#gone.has(hex) ? [set] : []))
  }

  /** Nobody named these and nobody will: they are garbage. */
  forsake(sets: readonly CommittedSet[]): void {
    for (const { id } of sets) this.#committed.delete(hexOf(id))
  }

  /** The peers of a client, overheard. */
  overhear(peers: Peers): Peers {
    return disguised(peers, {
      ask: (to, exchange, question, options) => this.#ask(peers, to, exchange, question, options),
    })
  }

  async #ask<Q, A>(
    peers: Peers,
    to: PeerAddress,
    exchange: Exchange<Q, A>,
    question: Q,
    options: AskOptions | undefined,
  ): Promise<Answered<A>> {
    if (exchange.name === reserve.name) this.#learn((question as { record: SignedDocument }).record)
    const buried = exchange.name === bury.name ? segmentsOf((question as { tombstones: SignedDocument[] }).tombstones) : []
    for (const segment of buried) this.#buried.add(segment)
    const answered = await peers.ask(to, exchange, question, options)
    for (const segment of buried) this.#gone.add(segment)
    if (exchange.name === commit.name)
      this.#confirm((question as { segment: Uint8Array }).segment, (answered.answer as { held: number[] }).held)
    return answered
  }

  #learn(document: SignedDocument): void {
    this.#records.set(hexOf(documentId(SEGMENT_RECORD, document, this.#crypto)), readDocument(SEGMENT_RECORD, document))
  }

  #confirm(id: Uint8Array, held: readonly number[]): void {
    const record = this.#records.get(hexOf(id))
    if (record && held.length === record.addresses.length) this.#committed.set(hexOf(id), { id, record })
  }
}

const segmentsOf = (tombstones: readonly SignedDocument[]): string[] =>
  tombstones.map((document) => hexOf(readDocument(TOMBSTONE, document).segment))
