/**
 * Owners' leases that trackers gave this provider to remember, for the day when they have lost their memory: then they get them back.
 *
 * o ‖ owner → the signed lease, in the same store as the shards' entries
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import {
  encodeBytes,
  openDocument,
  OWNER_LEASE,
  parseBytes,
  readDocument,
  signedDocument,
  type SignedDocument,
} from '@lunarx/core/document'
import { concatBytes, LunarError, utf8 } from '@lunarx/core/model'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { InTurn } from '@lunarx/runtime/tasks'
import { LEASES_ASKED } from '@lunarx/wire'
import { PROVIDER_LIMITS } from '../limits.ts'

const PREFIX = utf8('o')
const AFTER = utf8('p')

export interface HeldLeasesDeps {
  readonly index: KeyValueStore
  readonly network: string
  readonly crypto: CryptoEngine
}

export class HeldLeases {
  readonly #deps: HeldLeasesDeps
  readonly #turns = new InTurn()
  /** How many there are; undefined: not counted yet. */
  #size: number | undefined

  constructor(deps: HeldLeasesDeps) {
    this.#deps = deps
  }

  /**
   * Says for each whether it, or a newer one of the same owner, is durable.
   * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK: then those before the bad one are done
   */
  async hold(leases: readonly SignedDocument[]): Promise<boolean[]> {
    const held: boolean[] = []
    for (const document of leases) held.push(await this.#turns.run('', () => this.#holdOne(document)))
    return held
  }

  /** Behind `after`, as many as one message carries. `next`: where to go on; undefined: that was all. */
  async page(after: Uint8Array | undefined): Promise<{ readonly documents: SignedDocument[]; readonly next: Uint8Array | undefined }> {
    const from = after ? concatBytes(after, Uint8Array.of(0)) : PREFIX
    const entries = await this.#deps.index.scan({ from, until: AFTER, limit: LEASES_ASKED })
    const documents = entries.map(({ value }) => parseBytes(signedDocument, value))
    return { documents, next: entries.length < LEASES_ASKED ? undefined : entries.at(-1)?.key }
  }

  async #holdOne({ body, signature }: SignedDocument): Promise<boolean> {
    const { index, network, crypto } = this.#deps
    const lease = openDocument(OWNER_LEASE, { body, signature }, ({ owner }) => owner, crypto)
    if (lease.network !== network)
      throw new LunarError('UNKNOWN_NETWORK', 'the lease is of another network', { detail: { network: lease.network } })
    const key = concatBytes(PREFIX, lease.owner)
    const value = await index.get(key)
    if (value && readDocument(OWNER_LEASE, parseBytes(signedDocument, value)).sequence >= lease.sequence) return true
    this.#size ??= await this.#count()
    if (!value && this.#size >= PROVIDER_LIMITS.heldLeases) return false
    await index.write([{ put: key, value: encodeBytes({ body, signature }) }])
    if (!value) this.#size++
    return true
  }

  async #count(): Promise<number> {
    let size = 0
    for (let from = PREFIX; ;) {
      const entries = await this.#deps.index.scan({ from, until: AFTER, limit: PROVIDER_LIMITS.scannedEntries })
      size += entries.length
      const last = entries.at(-1)
      if (!last || entries.length < PROVIDER_LIMITS.scannedEntries) return size
      from = concatBytes(last.key, Uint8Array.of(0))
    }
  }
}
