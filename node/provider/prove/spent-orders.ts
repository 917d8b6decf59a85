/**
 * Orders by which an outside verifier was answered, until they expire: each is good for one answer, or a verifier could have one leaf read
 * for a quarter of an hour as often as it likes.
 *
 * In memory: after a start an order that has not expired is answered once more.
 *
 * @module
 */
import { LEAF_ORDER, type LeafOrder } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, type SignedDocument } from '@lunarx/core/document'
import { hexOf, LunarError } from '@lunarx/core/model'
import { PROVIDER_LIMITS } from '../limits.ts'

export class SpentOrders {
  readonly #crypto: CryptoEngine
  /** By id as hex: when it expires. Milliseconds since 1970 UTC. */
  readonly #spent = new Map<string, number>()

  constructor(crypto: CryptoEngine) {
    this.#crypto = crypto
  }

  /**
   * @param document of `order`, of a tracker, not expired
   * @throws {LunarError} UNAUTHORIZED: it was answered before; TOO_MANY_REQUESTS: trackers have ordered more than is remembered
   */
  spend(document: SignedDocument, { expiresMs }: LeafOrder, nowMs: number): void {
    const id = hexOf(documentId(LEAF_ORDER, document, this.#crypto))
    if (this.#spent.has(id)) throw new LunarError('UNAUTHORIZED', 'a leaf was asked by this order before')
    const { orders } = PROVIDER_LIMITS.prove
    if (this.#spent.size >= orders) this.#forgetExpired(nowMs)
    if (this.#spent.size >= orders) throw new LunarError('TOO_MANY_REQUESTS', 'too many orders of trackers', { detail: { orders } })
    this.#spent.set(id, expiresMs)
  }

  #forgetExpired(nowMs: number): void {
    for (const [id, expiresMs] of this.#spent) if (expiresMs <= nowMs) this.#spent.delete(id)
  }
}
