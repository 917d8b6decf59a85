/**
 * What the manifest says of the sets that were stored: entry by entry into its tree, then the wrapped data key.
 *
 * @module
 */
import { keyCommitment, wrapDataKey, type CryptoEngine } from '@lunarx/core/crypto'
import type { OwnerKeys } from '@lunarx/core/keys'
import type { ErasureClass, PeerAddress } from '@lunarx/core/model'
import type { Random } from '@lunarx/runtime/random'
import { ManifestTree, rootBytesFor, type StoredEntry, type StoredSets, type StoreNode } from '../manifest/index.ts'
import type { ObjectPlan, SealedSet } from './seal.ts'

/** A set that its holders have confirmed. */
export interface StoredSet extends Pick<SealedSet, 'id' | 'salt' | 'plaintextBytes' | 'positionSeeds' | 'addresses' | 'createdMs'> {
  readonly holders: ReadonlyMap<number, PeerAddress>
}

/** A set, then its backup copies. */
export type StoredCopies = readonly StoredSet[]

export interface ContentDeps {
  readonly keys: OwnerKeys
  readonly random: Random
  readonly crypto: CryptoEngine
}

export type ContentPlan = Omit<ObjectPlan, 'erasureClass' | 'copy'> & { readonly erasureClass: ErasureClass }

/** Of one object being put. Nodes of the manifest are stored as they fill up: one for every 64 KiB of entries. */
export class Content {
  readonly #plan: ContentPlan
  readonly #deps: ContentDeps
  readonly #tree: ManifestTree

  /** @param storeNode stores the bytes of a node as a set of the same object, sealed with this index in place of a segment's */
  constructor(plan: ContentPlan, deps: ContentDeps, storeNode: (bytes: Uint8Array, sealIndex: number) => Promise<StoredCopies>) {
    this.#plan = plan
    this.#deps = deps
    const store: StoreNode = async (bytes, sealIndex) => entryOf(await storeNode(bytes, sealIndex))
    this.#tree = new ManifestTree(store, rootBytesFor(plan.erasureClass.versions))
  }

  /** The next segment, in order. @throws {LunarError} OBJECT_TOO_LARGE; what `storeNode` throws */
  async add(copies: StoredCopies): Promise<void> {
    await this.#tree.add(entryOf(copies))
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
      ...(erasureClass.copies ? { survive: erasureClass.survive } : {}),
      root: await this.#tree.finish(),
    }
  }
}

/** What is only of use with copies is left out where there are none. */
function entryOf([first, ...copies]: StoredCopies): StoredEntry {
  if (!first) throw new RangeError('a set without itself')
  const fieldsOf = ({ id, salt, addresses, positionSeeds, holders }: StoredSet) => ({
    id,
    salt,
    addresses: [...addresses],
    positionSeeds: [...positionSeeds],
    holders,
  })
  const { plaintextBytes, createdMs } = first
  const entry = { ...fieldsOf(first), plaintextBytes }
  if (copies.length === 0) return entry
  return { ...entry, createdMs, copies: copies.map((copy) => ({ ...fieldsOf(copy), createdMs: copy.createdMs })) }
}
