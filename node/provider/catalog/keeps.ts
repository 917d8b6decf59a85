/**
 * The keeps beside the shards: what the owners of sets said that is to stay, and which sets nobody has kept yet, since when.
 *
 * In the same store as the shards' entries, so that both change together. A keep is remembered under segment and owner, as a tombstone
 * is: a stranger's stops nothing but the removal of garbage. Made anew from the files, all sets are unkept until trackers say otherwise.
 *
 * @module
 */
import { encodeBytes, parseBytes, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { concatBytes, timeMs, utf8 } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'

const KEEP = utf8('k')
const UNKEPT = utf8('u')
const AFTER_UNKEPT = utf8('v')
const AFTER_OWNER = new Uint8Array(33).fill(0xff)
/** Owners who say to keep one set: one, and strangers that a tracker let through. */
const MAX_OWNERS = 4

/** A set of which a shard is here and that nobody has kept. */
export interface Unkept {
  readonly segment: Uint8Array
  /** By this provider's clock; undefined: it was not looked at yet. */
  readonly sinceMs: number | undefined
}

export class Keeps {
  readonly #index: KeyValueStore

  constructor(index: KeyValueStore) {
    this.#index = index
  }

  /** What changes when the first shard of a set comes. */
  async begin(segment: Uint8Array): Promise<Change[]> {
    const isKnown = (await this.of(segment)).length > 0 || (await this.#index.get(unkeptKey(segment)))
    return isKnown ? [] : [{ put: unkeptKey(segment), value: new Uint8Array() }]
  }

  /** What changes when the last shard of a set goes. */
  async end(segment: Uint8Array): Promise<Change[]> {
    const keeps = await this.#index.scan(rangeOf(segment))
    return [...keeps.map(({ key }) => ({ remove: key })), { remove: unkeptKey(segment) }]
  }

  async of(segment: Uint8Array): Promise<SignedDocument[]> {
    return (await this.#index.scan(rangeOf(segment))).map(({ value }) => parseBytes(signedDocument, value))
  }

  /** Durable when it resolves. */
  async take(segment: Uint8Array, owner: Uint8Array, { body, signature }: SignedDocument): Promise<void> {
    const key = concatBytes(KEEP, segment, owner)
    if ((await this.#index.scan(rangeOf(segment))).length >= MAX_OWNERS && !(await this.#index.get(key))) return
    await this.#index.write([{ put: key, value: encodeBytes({ body, signature }) }, { remove: unkeptKey(segment) }])
  }

  async isUnkept(segment: Uint8Array): Promise<boolean> {
    return (await this.#index.get(unkeptKey(segment))) !== undefined
  }

  /** Behind `after` in order of segment, at most `limit`. */
  async unkept(after: Uint8Array | undefined, limit: number): Promise<Unkept[]> {
    const from = after ? concatBytes(unkeptKey(after), Uint8Array.of(0)) : UNKEPT
    const entries = await this.#index.scan({ from, until: AFTER_UNKEPT, limit })
    return entries.map(({ key, value }) => ({ segment: key.slice(1), sinceMs: value.length > 0 ? parseBytes(timeMs, value) : undefined }))
  }

  /** Notes since when; those that have been kept meanwhile stay as they are. To be called in the set's turn. */
  async note(segment: Uint8Array, sinceMs: number): Promise<void> {
    if (await this.isUnkept(segment)) await this.#index.write([{ put: unkeptKey(segment), value: encodeBytes(sinceMs) }])
  }
}

const unkeptKey = (segment: Uint8Array): Uint8Array => concatBytes(UNKEPT, segment)

const rangeOf = (segment: Uint8Array) => ({
  from: concatBytes(KEEP, segment),
  until: concatBytes(KEEP, segment, AFTER_OWNER),
  limit: MAX_OWNERS,
})
