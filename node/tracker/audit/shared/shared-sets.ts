/**
 * Sets that their owners have shared: asked for no watermarks any more, since a grantee knows where they are. Draws go on.
 *
 * In the store alone: they are asked one by one when the sweep plans, and in pages. Orders are taken for sets that are committed here, one
 * for each, and go with the set's record: an owner has no more of them than sets, whose shards are paid for.
 *
 * s ‖ segment → LEAVES_ONLY, signed by the set's owner
 *
 * @module
 */
import { LEAVES_ONLY, openDocument, type SignedDocument } from '@lunarx/core/document'
import { concatBytes, LunarError, utf8 } from '@lunarx/core/model'
import type { KeyValueStore } from '@lunarx/runtime/store'
import type { OpenDeps } from '../../map/index.ts'
import { packDocument, unpackDocument } from '../../map/document-bytes.ts'
import { endOf, segmentOf } from '../../map/keys.ts'

const SHARED = utf8('s')
const AFTER_ID = new Uint8Array(33).fill(0xff)

/** An order whose signature was verified. */
export interface NewOrder {
  readonly segment: Uint8Array
  readonly owner: Uint8Array
  readonly document: SignedDocument
}

export type KeptOrder = Pick<NewOrder, 'segment' | 'document'>

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK */
export function openOrder(document: SignedDocument, { network, crypto }: OpenDeps): NewOrder {
  const { network: named, segment, owner } = openDocument(LEAVES_ONLY, document, (order) => order.owner, crypto)
  if (named !== network) throw new LunarError('UNKNOWN_NETWORK', 'the order belongs to another network', { detail: { named, network } })
  return { segment, owner, document }
}

export class SharedSets {
  readonly #store: KeyValueStore

  constructor(store: KeyValueStore) {
    this.#store = store
  }

  async has(segment: Uint8Array): Promise<boolean> {
    return (await this.#store.get(keyOf(segment))) !== undefined
  }

  /** The order for a set. */
  async of(segment: Uint8Array): Promise<SignedDocument | undefined> {
    const kept = await this.#store.get(keyOf(segment))
    return kept && unpackDocument(kept)
  }

  /** Durable when it resolves; the first order for a set stays. */
  async add(orders: readonly NewOrder[]): Promise<void> {
    const isKnown = await Promise.all(orders.map(({ segment }) => this.has(segment)))
    const fresh = orders.filter((_, at) => !isKnown[at])
    if (fresh.length > 0)
      await this.#store.write(fresh.map(({ segment, document }) => ({ put: keyOf(segment), value: packDocument(document) })))
  }

  async drop(segments: readonly Uint8Array[]): Promise<void> {
    if (segments.length > 0) await this.#store.write(segments.map((segment) => ({ remove: keyOf(segment) })))
  }

  /** Behind `after` up to `until`, in order of id, at most `limit`. */
  async page(after: Uint8Array | null, until: Uint8Array | null, limit: number): Promise<KeptOrder[]> {
    const from = after === null ? SHARED : concatBytes(SHARED, after, AFTER_ID)
    const end = until === null ? endOf(SHARED) : concatBytes(SHARED, until, AFTER_ID)
    const entries = await this.#store.scan({ from, until: end, limit })
    return entries.map(({ key, value }) => ({ segment: segmentOf(key), document: unpackDocument(value) }))
  }
}

const keyOf = (segment: Uint8Array): Uint8Array => concatBytes(SHARED, segment)
