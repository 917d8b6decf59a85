/**
 * locate: who holds the shards of these sets? Trackers know; when none answers, or they know of fewer, the manifest's hint of who
 * held them at first is added. Where no tracker answers and the hint was not enough, the directory is asked: `find-holders.ts`.
 *
 * A tracker is not believed that a set is buried, only its owner's tombstone is: one that lies can send a reader to the next, not away.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { openDocument, TOMBSTONE, type SignedDocument } from '@lunarx/core/document'
import { equalBytes, hexOf, LIMITS, LunarError, type PeerAddress } from '@lunarx/core/model'
import { locate as locateExchange, unpackHolders, type AnswerOf, type LocatedHolder } from '@lunarx/wire'
import type { Trackers } from '../trackers/index.ts'
import { findHolders, type FindDeps } from './find-holders.ts'
import type { NamedSet } from './walk.ts'

export interface Holder {
  readonly address: PeerAddress
  /** Heard of lately by a tracker. */
  readonly isAlive: boolean
}

/** By shard index, best first; empty where nobody is known. */
export type Holders = readonly (readonly Holder[])[]

export interface LocateDeps extends FindDeps {
  readonly network: { readonly network: string }
  readonly trackers: Trackers
  readonly crypto: CryptoEngine
}

type Located = Omit<AnswerOf<typeof locateExchange>['found'][number], 'holders'> & { readonly holders: readonly LocatedHolder[] }

/**
 * In bulk: one question for up to {@link LIMITS.locateIds} sets.
 * @param owner whose tombstone counts
 * @param skip trackers to pass over at first: 0, then 1, … for another view
 * @returns in the order of `sets`
 * @throws {LunarError} TOMBSTONED
 */
export async function locate(
  sets: readonly NamedSet[],
  owner: Uint8Array,
  skip: number,
  deps: LocateDeps,
  signal: AbortSignal,
): Promise<Holders[]> {
  const holders: Holders[] = []
  for (let at = 0; at < sets.length; at += LIMITS.locateIds) {
    const some = sets.slice(at, at + LIMITS.locateIds)
    const known = await askTrackers(some, skip, deps, signal)
    for (const set of some) holders.push(holdersOf(set, known.get(hexOf(set.entry.id)), owner, deps))
  }
  return holders
}

function holdersOf({ entry, node }: NamedSet, located: Located | undefined, owner: Uint8Array, deps: LocateDeps): Holders {
  if (located?.buried) {
    if (located.tombstones.some((tombstone) => isOf(tombstone, entry.id, owner, deps)))
      throw new LunarError('TOMBSTONED', 'the object was deleted or replaced', { detail: { segment: hexOf(entry.id) } })
    deps.log.warn('a tracker calls a set buried and cannot show the tombstone of its owner', { segment: hexOf(entry.id) })
  }
  const holders: Holder[][] = entry.addresses.map(() => [])
  for (const { index, provider } of located?.holders ?? [])
    holders[index]?.push({ address: provider.address, isAlive: provider.state === 'alive' })
  for (const [index, at] of entry.holders.entries()) {
    const hint = node.holders[at]
    const isKnown = hint && holders[index]?.some(({ address }) => address.peer === hint.peer)
    if (hint && !isKnown) holders[index]?.push({ address: hint, isAlive: false })
  }
  return holders.map((some) => some.toSorted((a, b) => Number(b.isAlive) - Number(a.isAlive)))
}

function isOf(document: SignedDocument, segment: Uint8Array, owner: Uint8Array, { network, crypto, log }: LocateDeps): boolean {
  try {
    const tombstone = openDocument(TOMBSTONE, document, () => owner, crypto)
    return tombstone.network === network.network && equalBytes(tombstone.owner, owner) && equalBytes(tombstone.segment, segment)
  } catch (error) {
    log.info('a tombstone is not of the owner of its set', { error })
    return false
  }
}

async function askTrackers(
  sets: readonly NamedSet[],
  skip: number,
  deps: LocateDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Located>> {
  const { trackers, log } = deps
  const [first] = sets
  if (!first) return new Map()
  try {
    const question = { segments: sets.map(({ entry }) => entry.id), records: false }
    const { providers, found } = await trackers.ask(locateExchange, question, { about: first.entry.id, signal, rounds: 1, skip })
    return new Map(found.map((located) => [hexOf(located.segment), { ...located, holders: unpackHolders(located.holders, providers) }]))
  } catch (error) {
    if (signal.aborted || !(error instanceof LunarError)) throw error
    log.warn('no tracker locates the set, going by the hint of its manifest', { error })
    // a first look goes by the hints alone: most sets lie where they were put, and a search of the directory is dear
    if (skip === 0) return new Map()
    const found = new Map<string, Located>()
    for (const set of sets)
      found.set(hexOf(set.entry.id), { ...NOBODY, segment: set.entry.id, holders: await findHolders(set, deps, signal) })
    return found
  }
}

const NOBODY = { known: false, record: null, tombstones: [], buried: false }
