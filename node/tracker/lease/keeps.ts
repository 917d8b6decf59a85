/**
 * The keeps this tracker has taken, in a store of their own: what is asked of them is asked by id or in pages, so that none is in memory.
 *
 * k ‖ segment → when it was taken, and the signed keep · e ‖ segment → when its lease has ended (`ends.ts`) · n → the name of this map
 * (`rebuilding.ts`) · a → how long this tracker has lived (`lived-clock.ts`), by which those times go · o ‖ owner → the lease of all that
 * one has (`expiry/owner-leases.ts`)
 *
 * Knows nothing of records: whoever takes a keep has looked that its owner is the set's.
 *
 * @module
 */
import { encodeBytes, KEEP, openDocument, parseBytes, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { concatBytes, LunarError, timeMs, utf8 } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import type { OpenDeps } from '../map/index.ts'
import { endOf, segmentOf } from '../map/keys.ts'
import type { LivedClock } from './lived-clock.ts'

const KEPT = utf8('k')
const AFTER_ID = new Uint8Array(33).fill(0xff)
const keptSchema = z.object({ takenMs: timeMs, keep: signedDocument })

/** A keep whose signature was verified. */
export interface NewKeep {
  readonly segment: Uint8Array
  readonly owner: Uint8Array
  readonly document: SignedDocument
}

export interface Kept {
  readonly segment: Uint8Array
  /** By the lived clock. */
  readonly takenMs: number
  readonly document: SignedDocument
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK */
export function openKeep(document: SignedDocument, { network, crypto }: OpenDeps): NewKeep {
  const { network: named, segment, owner } = openDocument(KEEP, document, (keep) => keep.owner, crypto)
  if (named !== network) throw new LunarError('UNKNOWN_NETWORK', 'the keep belongs to another network', { detail: { named, network } })
  return { segment, owner, document }
}

export class Keeps {
  readonly #store: KeyValueStore
  readonly #lived: Pick<LivedClock, 'now'>

  constructor(deps: { readonly store: KeyValueStore; readonly lived: Pick<LivedClock, 'now'> }) {
    this.#store = deps.store
    this.#lived = deps.lived
  }

  /** Durable when it resolves; what was taken before counts as taken now. */
  async renew(keeps: readonly NewKeep[]): Promise<void> {
    const takenMs = this.#lived.now()
    const changes = keeps.map(({ segment, document: { body, signature } }): Change => {
      return { put: keyOf(segment), value: encodeBytes({ takenMs, keep: { body, signature } }) }
    })
    if (changes.length > 0) await this.#store.write(changes)
  }

  /** The same, but what was taken before stays as it is. Returns those that are new. */
  async learn(keeps: readonly NewKeep[]): Promise<NewKeep[]> {
    const known = await Promise.all(keeps.map(({ segment }) => this.#store.get(keyOf(segment))))
    const fresh = keeps.filter((_, i) => known[i] === undefined)
    await this.renew(fresh)
    return fresh
  }

  async drop(segments: readonly Uint8Array[]): Promise<void> {
    if (segments.length > 0) await this.#store.write(segments.map((segment) => ({ remove: keyOf(segment) })))
  }

  async read(segment: Uint8Array): Promise<SignedDocument | undefined> {
    const value = await this.#store.get(keyOf(segment))
    return value && parseBytes(keptSchema, value).keep
  }

  /** Behind `after` up to `until`, in order of id, at most `limit`. */
  async page(after: Uint8Array | null, until: Uint8Array | null, limit: number): Promise<Kept[]> {
    const from = after === null ? KEPT : concatBytes(KEPT, after, AFTER_ID)
    const end = until === null ? endOf(KEPT) : concatBytes(KEPT, until, AFTER_ID)
    return (await this.#store.scan({ from, until: end, limit })).map(({ key, value }) => {
      const { takenMs, keep: document } = parseBytes(keptSchema, value)
      return { segment: segmentOf(key), takenMs, document }
    })
  }
}

const keyOf = (segment: Uint8Array): Uint8Array => concatBytes(KEPT, segment)
