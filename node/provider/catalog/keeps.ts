/**
 * The keeps beside the shards: what the owners of sets said that is to stay, and which sets nobody has kept yet, since when.
 *
 * In the same store as the shards' entries, so that both change together. Only the owner of a set can keep it: the record names it, and
 * is remembered with what is unkept. Made anew from the files, all sets are unkept until trackers say otherwise.
 *
 * k ‖ segment → the signed keep · u ‖ segment → the owner, and since when · x ‖ segment → the set is kept, and since when trackers are
 * asked about it all the same, because its owner's lease is over
 *
 * @module
 */
import { encodeBytes, KEEP, parseBytes, readDocument, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { concatBytes, equalBytes, publicKey, timeMs, utf8 } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'

const KEEP_PREFIX = utf8('k')
const UNKEPT = utf8('u')
const AFTER_UNKEPT = utf8('v')
const AFTER_KEEPS = utf8('l')
const LAPSING = utf8('x')
const unkeptSchema = z.object({ owner: publicKey, sinceMs: timeMs.nullable() })

/** A set of which a shard is here and that nobody has kept. */
export interface Unkept {
  readonly segment: Uint8Array
  /** By this provider's clock; null: it was not looked at yet. */
  readonly sinceMs: number | null
}

/** A set of which a shard is here and that its owner has kept. */
export interface Kept {
  readonly segment: Uint8Array
  readonly owner: Uint8Array
}

export class Keeps {
  readonly #index: KeyValueStore

  constructor(index: KeyValueStore) {
    this.#index = index
  }

  /** What changes when the first shard of a set comes. */
  async begin(segment: Uint8Array, owner: Uint8Array): Promise<Change[]> {
    const isKnown = (await this.of(segment)) ?? (await this.#index.get(unkeptKey(segment)))
    return isKnown ? [] : [{ put: unkeptKey(segment), value: encodeBytes({ owner, sinceMs: null }) }]
  }

  /** What changes when the last shard of a set goes. */
  end(segment: Uint8Array): Change[] {
    return [keepKey, unkeptKey, lapsingKey].map((key) => ({ remove: key(segment) }))
  }

  async of(segment: Uint8Array): Promise<SignedDocument | undefined> {
    const value = await this.#index.get(keepKey(segment))
    return value && parseBytes(signedDocument, value)
  }

  /**
   * The first keep stays, later ones say nothing new. To be called in the set's turn.
   * @returns true: a shard of the set is here, and the keep of its owner is durable
   */
  async take(segment: Uint8Array, owner: Uint8Array, { body, signature }: SignedDocument): Promise<boolean> {
    const unkept = await this.#index.get(unkeptKey(segment))
    if (!unkept) return (await this.of(segment)) !== undefined
    if (!equalBytes(parseBytes(unkeptSchema, unkept).owner, owner)) return false
    await this.#index.write([{ put: keepKey(segment), value: encodeBytes({ body, signature }) }, { remove: unkeptKey(segment) }])
    return true
  }

  /** Behind `after` in order of segment, at most `limit`. */
  async kept(after: Uint8Array | undefined, limit: number): Promise<Kept[]> {
    const from = after ? concatBytes(keepKey(after), Uint8Array.of(0)) : KEEP_PREFIX
    const entries = await this.#index.scan({ from, until: AFTER_KEEPS, limit })
    return entries.map(({ key, value }) => {
      const { owner } = readDocument(KEEP, parseBytes(signedDocument, value))
      return { segment: key.slice(1), owner }
    })
  }

  /** Since when the set is asked about though it is kept; undefined: it is not. By this provider's clock. */
  async lapsingSince(segment: Uint8Array): Promise<number | undefined> {
    const value = await this.#index.get(lapsingKey(segment))
    return value && parseBytes(timeMs, value)
  }

  /** Notes since when; null: its owner's lease is not over. To be called in the set's turn. */
  async noteLapsing(segment: Uint8Array, sinceMs: number | null): Promise<void> {
    if (!(await this.of(segment))) return
    const key = lapsingKey(segment)
    await this.#index.write([sinceMs === null ? { remove: key } : { put: key, value: encodeBytes(sinceMs) }])
  }

  async isUnkept(segment: Uint8Array): Promise<boolean> {
    return (await this.#index.get(unkeptKey(segment))) !== undefined
  }

  /** Behind `after` in order of segment, at most `limit`. */
  async unkept(after: Uint8Array | undefined, limit: number): Promise<Unkept[]> {
    const from = after ? concatBytes(unkeptKey(after), Uint8Array.of(0)) : UNKEPT
    const entries = await this.#index.scan({ from, until: AFTER_UNKEPT, limit })
    return entries.map(({ key, value }) => ({ segment: key.slice(1), sinceMs: parseBytes(unkeptSchema, value).sinceMs }))
  }

  /** Notes since when; those that have been kept meanwhile stay as they are. To be called in the set's turn. */
  async note(segment: Uint8Array, sinceMs: number): Promise<void> {
    const value = await this.#index.get(unkeptKey(segment))
    if (!value) return
    const { owner } = parseBytes(unkeptSchema, value)
    await this.#index.write([{ put: unkeptKey(segment), value: encodeBytes({ owner, sinceMs }) }])
  }
}

const keepKey = (segment: Uint8Array): Uint8Array => concatBytes(KEEP_PREFIX, segment)
const lapsingKey = (segment: Uint8Array): Uint8Array => concatBytes(LAPSING, segment)
const unkeptKey = (segment: Uint8Array): Uint8Array => concatBytes(UNKEPT, segment)
