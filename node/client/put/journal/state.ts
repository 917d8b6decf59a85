/**
 * What a journal says when it is read back. Pure.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, encodeBytes, SEGMENT_RECORD, type SignedDocument } from '@lunarx/core/document'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import type { Placed } from '@lunarx/wire'
import type { ObjectVersion } from '../../manifest/index.ts'
import type { Begun, Entry, Sealed } from './entries.ts'

/** A set that was sealed before, and may be stored in part or whole. */
export interface JournaledSet extends Omit<Sealed, 'kind' | 'atMs'> {
  readonly id: Uint8Array
  readonly record: SignedDocument
  /** Where its shards were reserved; the last reservation of an index counts. */
  readonly placed: readonly Placed[]
  /** Undefined: never confirmed by as many as were asked for. */
  readonly stored: { readonly held: readonly number[]; readonly holders: ReadonlyMap<number, PeerAddress> } | undefined
}

export interface JournalState {
  readonly begun: Begun
  /** The last set of each {@link placeOf}. */
  readonly sets: ReadonlyMap<number, JournaledSet>
  /** Ids of sets that were sealed anew since: nothing ever named them. */
  readonly replaced: readonly Uint8Array[]
  /** Set: the name may stand for these sets. {@link fingerprintOf} what it stood for before. */
  readonly namedOver: Uint8Array | undefined
  /** When the last entry was made. */
  readonly lastMs: number
}

/** @returns undefined without a plan, which comes first */
export function stateOf(entries: readonly Entry[], crypto: CryptoEngine): JournalState | undefined {
  const [begun] = entries
  if (begun?.kind !== 'begun') return undefined
  const byId = new Map<string, JournaledSet>()
  /** By place. */
  const current = new Map<number, string>()
  let namedOver: Uint8Array | undefined
  for (const entry of entries) {
    if (entry.kind === 'sealed') {
      const { kind: _, atMs: __, ...set } = entry
      const id = documentId(SEGMENT_RECORD, entry.record, crypto)
      byId.set(hexOf(id), { ...set, id, placed: [], stored: undefined })
      current.set(placeOf(entry), hexOf(id))
    } else if (entry.kind === 'naming') namedOver = entry.before
    else if (entry.kind !== 'begun') note(entry, byId)
  }
  const sets = new Map([...current].flatMap(([place, hex]) => entryOf(place, byId.get(hex))))
  const inUse = new Set(current.values())
  const replaced = [...byId].flatMap(([hex, { id }]) => (inUse.has(hex) ? [] : [id]))
  return { begun, sets, replaced, namedOver, lastMs: entries.reduce((last, { atMs }) => Math.max(last, atMs), 0) }
}

/** Seal indices of all copies side by side: those of a manifest of every height are below. */
const COPY_STRIDE = 2 ** 40

/** Tells the sets of one object apart; of a first set its seal index. */
export const placeOf = ({ sealIndex, copy = 0 }: Pick<Sealed, 'sealIndex' | 'copy'>): number => copy * COPY_STRIDE + sealIndex

/** Every set of the journal that may have been stored. */
export const setsOfJournal = ({ sets, replaced }: JournalState): Uint8Array[] => [...[...sets.values()].map(({ id }) => id), ...replaced]

/** Of what a name stands for: equal only if nobody has written it meanwhile. */
export const fingerprintOf = (versions: readonly ObjectVersion[], crypto: CryptoEngine): Uint8Array => crypto.sha256(encodeBytes(versions))

function note(entry: Extract<Entry, { kind: 'reserved' | 'stored' }>, byId: Map<string, JournaledSet>): void {
  const hex = hexOf(entry.segment)
  const set = byId.get(hex)
  if (!set) return
  if (entry.kind === 'stored') {
    const holders = new Map(entry.holders.map(({ index, address }) => [index, address]))
    byId.set(hex, { ...set, placed: [], stored: { held: entry.held, holders } })
    return
  }
  const indices = new Set(entry.placed.map(({ index }) => index))
  byId.set(hex, { ...set, placed: [...set.placed.filter(({ index }) => !indices.has(index)), ...entry.placed] })
}

const entryOf = (place: number, set: JournaledSet | undefined): [number, JournaledSet][] => (set ? [[place, set]] : [])
