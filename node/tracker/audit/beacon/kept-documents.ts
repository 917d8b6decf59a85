/**
 * Documents of one kind that were checked, each once, by their ids.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, type DocumentKind, type SignedDocument } from '@lunarx/core/document'
import { hasCode, hexOf } from '@lunarx/core/model'

export interface KeptDocument<T> {
  readonly id: Uint8Array
  readonly document: SignedDocument
  readonly value: T
}

export class KeptDocuments<V, T = V> {
  readonly #kind: DocumentKind<V>
  readonly #maxBodyBytes: number
  readonly #crypto: CryptoEngine
  /** By id as hex. */
  readonly #all = new Map<string, KeptDocument<T>>()

  /** @param maxBodyBytes what is longer is no such document, whoever signed it */
  constructor(kind: DocumentKind<V>, maxBodyBytes: number, crypto: CryptoEngine) {
    this.#kind = kind
    this.#maxBodyBytes = maxBodyBytes
    this.#crypto = crypto
  }

  get all(): KeptDocument<T>[] {
    return [...this.#all.values()]
  }

  get values(): T[] {
    return this.all.map(({ value }) => value)
  }

  get ids(): Uint8Array[] {
    return this.all.map(({ id }) => id)
  }

  get(id: Uint8Array): KeptDocument<T> | undefined {
    return this.#all.get(hexOf(id))
  }

  has(id: Uint8Array): boolean {
    return this.#all.has(hexOf(id))
  }

  /** Those that somebody lacks who has these ids, as hex. */
  lacking(known: ReadonlySet<string>, is: (value: T) => boolean = () => true): SignedDocument[] {
    return this.all.filter(({ id, value }) => !known.has(hexOf(id)) && is(value)).map(({ document }) => document)
  }

  /**
   * Keeps those that are new. What does not check is passed over.
   * @param check throws BAD_MESSAGE or BAD_SIGNATURE; undefined: there is no room for it
   */
  take(documents: readonly SignedDocument[] | undefined, check: (document: SignedDocument) => T | undefined): void {
    for (const document of documents ?? []) {
      if (document.body.length > this.#maxBodyBytes) continue
      const id = documentId(this.#kind, document, this.#crypto)
      if (this.has(id)) continue
      try {
        const value = check(document)
        if (value) this.#all.set(hexOf(id), { id, document, value })
      } catch (error) {
        if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw error
      }
    }
  }

  /** Forgets those of which this is not true. */
  keepOnly(is: (kept: KeptDocument<T>) => boolean): void {
    for (const [hex, kept] of this.#all) if (!is(kept)) this.#all.delete(hex)
  }
}
