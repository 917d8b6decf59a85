/**
 * The manifest tree, built while an object is put: entries are gathered into nodes, a full node is stored as a set and becomes an
 * entry one level up. Keeps one open node per level, so that memory does not grow with the object.
 *
 * Never seals or stores: that is what `storeNode` is for.
 *
 * @module
 */
import { encodeBytes } from '@lunarx/core/document'
import { LIMITS, LunarError, type PeerAddress } from '@lunarx/core/model'
import {
  coverOf,
  encodeNode,
  MAX_SEGMENTS,
  MIN_FAN_OUT,
  NODE_BYTES,
  sealIndexOf,
  type ManifestNode,
  type ManifestSegment,
} from './manifest.ts'

/** By shard index, as far as known. */
type KnownHolders = ReadonlyMap<number, PeerAddress>
type CopyEntry = NonNullable<ManifestSegment['copies']>[number]

/** A backup copy that is stored, as the tree takes it. */
export interface StoredCopy extends Omit<CopyEntry, 'holders'> {
  readonly holders: KnownHolders
}

/** A set that is stored, as the tree takes it. */
export interface StoredEntry extends Omit<ManifestSegment, 'holders' | 'under' | 'copies'> {
  readonly holders: KnownHolders
  readonly copies?: readonly StoredCopy[]
}

/** Stores the bytes of a node as one set, its frames bound to `sealIndex`. */
export type StoreNode = (bytes: Uint8Array, sealIndex: number) => Promise<StoredEntry>

/** Bytes of a node beside its entries and holders: keys and heads of lists. */
const FRAME_BYTES = 64
/** What a row takes beside the roots of its versions: name, sizes, keys, the seal. */
const ROW_REST_BYTES = 2_048
const VERSION_REST_BYTES = 512

/** What the root may take, so that all versions that are kept fit one row. Bytes. */
export const rootBytesFor = (versions: number): number =>
  Math.min(NODE_BYTES, Math.floor((LIMITS.rowValueBytes - ROW_REST_BYTES) / versions) - VERSION_REST_BYTES)

/** A node that is being filled. */
class OpenNode {
  readonly entries: ManifestSegment[] = []
  readonly #holders = new Map<string, { readonly place: number; readonly address: PeerAddress }>()
  /** Place in the object of the first segment under it. */
  readonly first: number
  #sizeBytes = FRAME_BYTES

  constructor(first: number) {
    this.first = first
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** False if it is full: the entry belongs to the next node. */
  add(stored: StoredEntry & Pick<ManifestSegment, 'under'>): boolean {
    const holders = [stored, ...(stored.copies ?? [])].flatMap((set) => [...set.holders.values()])
    const fresh = new Map(holders.map((address) => [keyOf(address), address] as const).filter(([key]) => !this.#holders.has(key)))
    const addedBytes = encodeBytes(entryOf(stored, () => 1_000)).length + encodeBytes([...fresh.values()]).length
    if (this.#sizeBytes + addedBytes > NODE_BYTES && this.entries.length >= MIN_FAN_OUT) return false
    for (const [key, address] of fresh) this.#holders.set(key, { place: this.#holders.size, address })
    this.entries.push(entryOf(stored, (holder) => this.#holders.get(keyOf(holder))?.place ?? -1))
    this.#sizeBytes += addedBytes
    return true
  }

  close(level: number): ManifestNode {
    return { level, entries: this.entries, holders: [...this.#holders.values()].map(({ address }) => address) }
  }
}

export class ManifestTree {
  readonly #storeNode: StoreNode
  readonly #rootBytes: number
  /** By level. */
  readonly #open: OpenNode[] = []
  #segments = 0

  constructor(storeNode: StoreNode, rootBytes: number) {
    this.#storeNode = storeNode
    this.#rootBytes = rootBytes
  }

  /** The next segment. @throws {LunarError} OBJECT_TOO_LARGE; what storing a node throws */
  async add(segment: StoredEntry): Promise<void> {
    if (this.#segments === MAX_SEGMENTS)
      throw new LunarError('OBJECT_TOO_LARGE', 'an object has more segments than can be told', { detail: { limit: MAX_SEGMENTS } })
    await this.#put(0, segment, this.#segments)
    this.#segments++
  }

  /** The root, after the last segment; there must be one. */
  async finish(): Promise<ManifestNode> {
    for (let level = 0; ; level++) {
      const node = this.#open[level]
      if (!node) throw new RangeError('a manifest of no segments')
      const isTop = level === this.#open.length - 1
      if (isTop && node.sizeBytes <= this.#rootBytes) return node.close(level)
      if (isTop && node.entries.length === 1) return withoutHints(node.close(level))
      await this.#store(level, node)
    }
  }

  async #put(level: number, entry: Parameters<OpenNode['add']>[0], first: number): Promise<void> {
    const node = (this.#open[level] ??= new OpenNode(first))
    if (node.add(entry)) return
    await this.#store(level, node)
    const next = new OpenNode(first)
    next.add(entry)
    this.#open[level] = next
  }

  async #store(level: number, node: OpenNode): Promise<void> {
    const stored = await this.#storeNode(encodeNode(node.close(level)), sealIndexOf(node.first, level))
    const covers = node.entries.map(coverOf)
    const under = {
      bytes: covers.reduce((sum, { bytes }) => sum + bytes, 0),
      segments: covers.reduce((sum, { segments }) => sum + segments, 0),
    }
    await this.#put(level + 1, { ...stored, under }, node.first)
  }
}

/** @param placeOf place of a holder in the node's list, -1 of one that is not known */
function entryOf(
  { copies, ...first }: StoredEntry & Pick<ManifestSegment, 'under'>,
  placeOf: (holder: PeerAddress | undefined) => number,
): ManifestSegment {
  const placed = <S extends Pick<StoredCopy, 'addresses' | 'holders'>>({ holders, ...set }: S) => ({
    ...set,
    holders: set.addresses.map((_, index) => placeOf(holders.get(index))),
  })
  return copies ? { ...placed(first), copies: copies.map(placed) } : placed(first)
}

const keyOf = (address: PeerAddress | undefined): string =>
  address ? JSON.stringify([address.peer, address.host, address.controlPort, address.dataPort]) : ''

/** A root of one set whose code is so wide that the addresses of its holders do not fit the row. */
const withoutHints = ({ level, entries }: ManifestNode): ManifestNode => ({
  level,
  entries: entries.map(({ copies, ...entry }) => ({
    ...entry,
    holders: [],
    ...(copies ? { copies: copies.map((copy) => ({ ...copy, holders: [] })) } : {}),
  })),
  holders: [],
})
