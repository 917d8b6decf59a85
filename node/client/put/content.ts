/**
 * What the manifest says of the sets that were stored: entry by entry into its tree, then the wrapped data key.
 *
 * @module
 */
import { keyCommitment, wrapDataKey, type CryptoEngine } from '@lunarx/core/crypto'
import type { OwnerKeys } from '@lunarx/core/keys'
import type { PeerAddress } from '@lunarx/core/model'
import type { Random } from '@lunarx/runtime/random'
import { ManifestTree, rootBytesFor, type StoredSets, type StoreNode } from '../manifest/index.ts'
import type { ObjectPlan, SealedSet } from './seal.ts'

/** A set that its holders have confirmed. */
export interface StoredSet extends Pick<SealedSet, 'id' | 'salt' | 'plaintextBytes' | 'positionSeeds' | 'addresses'> {
  readonly holders: ReadonlyMap<number, PeerAddress>
}

export interface ContentDeps {
  readonly keys: OwnerKeys
  readonly random: Random
  readonly crypto: CryptoEngine
}

/** Of one object being put. Nodes of the manifest are stored as they fill up: one for every 64 KiB of entries. */
export class Content {
  readonly #plan: ObjectPlan
  readonly #deps: ContentDeps
  readonly #tree: ManifestTree

  /** @param storeNode stores the bytes of a node as a set of the same object, sealed with this index in place of a segment's */
  constructor(plan: ObjectPlan, deps: ContentDeps, storeNode: (bytes: Uint8Array, sealIndex: number) => Promise<StoredSet>) {
    this.#plan = plan
    this.#deps = deps
    const store: StoreNode = async (bytes, sealIndex) => entryOf(await storeNode(bytes, sealIndex))
    this.#tree = new ManifestTree(store, rootBytesFor(plan.erasureClass.versions))
  }

  /** The next segment, in order. @throws {LunarError} OBJECT_TOO_LARGE; what `storeNode` throws */
  async add(set: StoredSet): Promise<void> {
    await this.#tree.add(entryOf(set))
  }

  /** After the last segment. */
  async finish(): Promise<StoredSets> {
    const { keys, random, crypto } = this.#deps
    const { suite, dataKey, erasureClass } = this.#plan
    return {
      kind: 'sets',
      suite,
      required: erasureClass.required,
      parity: erasureClass.parity,
      owner: keys.identity.publicKey,
      wrappedDataKey: await wrapDataKey(keys.wrappingKey, dataKey, random.bytes(12), crypto),
      keyCommitment: keyCommitment(dataKey, crypto),
      root: await this.#tree.finish(),
    }
  }
}

const entryOf = ({ id, salt, plaintextBytes, addresses, positionSeeds, holders }: StoredSet) => ({
  id,
  salt,
  plaintextBytes,
  addresses: [...addresses],
  positionSeeds: [...positionSeeds],
  holders,
})
