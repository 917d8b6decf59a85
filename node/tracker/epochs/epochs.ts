/**
 * Epoch documents as a tracker keeps them: the newest two, durable, verified with the network key. Trackers neither write epochs
 * nor decide over them; they pass them on.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { openDocument, type SignedDocument } from '@lunarx/core/document'
import { EPOCH, type Epoch, type EpochMember } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import type { Change, KeyValueStore } from '@lunarx/runtime/store'
import { packDocument, unpackDocument } from '../map/index.ts'

/** How many are kept. */
const KEPT = 2

export interface EpochDeps {
  readonly store: KeyValueStore
  readonly crypto: CryptoEngine
  readonly network: string
  /** Ed25519 public key that signs epochs. */
  readonly networkKey: Uint8Array
}

interface Held {
  readonly number: number
  readonly members: EpochMember[]
  readonly trackerSlots: readonly PeerId[]
  readonly survive: number
  readonly document: SignedDocument
}

export class Epochs {
  readonly #deps: EpochDeps
  /** Newest first. */
  #held: readonly Held[] = []

  private constructor(deps: EpochDeps) {
    this.#deps = deps
  }

  static async open(deps: EpochDeps): Promise<Epochs> {
    const epochs = new Epochs(deps)
    const entries = await deps.store.scan({ from: new Uint8Array(), limit: KEPT + 1 })
    epochs.#held = entries.map(({ value }) => epochs.#verify(unpackDocument(value))).sort((a, b) => b.number - a.number)
    return epochs
  }

  /** 0: none. */
  get number(): number {
    return this.#held[0]?.number ?? 0
  }

  /** Of the newest epoch. */
  get members(): readonly EpochMember[] {
    return this.#held[0]?.members ?? []
  }

  /** Who hosts rows; undefined: no epoch is known. */
  get newest(): Pick<Epoch, 'number' | 'members' | 'survive'> | undefined {
    return this.#held[0]
  }

  /** Trackers by slot, of the newest epoch. */
  get trackerSlots(): readonly PeerId[] {
    return this.#held[0]?.trackerSlots ?? []
  }

  /** Newest first, at most two. */
  get documents(): SignedDocument[] {
    return this.#held.map(({ document }) => document)
  }

  /**
   * Takes a document that is newer than one of the two; durable when it resolves. Returns true if it is now the newest.
   * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK
   */
  async adopt(document: SignedDocument): Promise<boolean> {
    const fresh = this.#verify(document)
    if (this.#held.some(({ number }) => number === fresh.number)) return false
    const sorted = [...this.#held, fresh].sort((a, b) => b.number - a.number)
    const held = sorted.slice(0, KEPT)
    if (!held.includes(fresh)) return false
    const dropped: Change[] = sorted.slice(KEPT).map(({ number }) => ({ remove: keyOf(number) }))
    await this.#deps.store.write([{ put: keyOf(fresh.number), value: packDocument(document) }, ...dropped])
    this.#held = held
    return held[0] === fresh
  }

  #verify(document: SignedDocument): Held {
    const { crypto, network, networkKey } = this.#deps
    const epoch: Epoch = openDocument(EPOCH, document, () => networkKey, crypto)
    if (epoch.network !== network)
      throw new LunarError('UNKNOWN_NETWORK', 'the epoch belongs to another network', { detail: { named: epoch.network, network } })
    const { number, members, trackerSlots, survive } = epoch
    return { number, members, trackerSlots, survive, document }
  }
}

/** 8 bytes, big endian: in order of number. */
function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(8)
  new DataView(key.buffer).setBigUint64(0, BigInt(number))
  return key
}
