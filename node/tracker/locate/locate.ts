/**
 * locate: holders, and records where they are asked for, of up to 1,000 sets in one answer. Sets that this tracker does not know, or of which it knows fewer
 * holders than a read needs (they were committed elsewhere a moment ago), are asked of their owners on the ring.
 *
 * Holders are hints: whoever reads from them verifies what it gets.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Session } from '@lunarx/net/peers'
import { LocatedTable, locate, unpackHolders, type AnswerOf, type LocatedHolder, type LocatedProvider, type QuestionOf } from '@lunarx/wire'
import { isAway, type Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { TrackerMap } from '../map/index.ts'
import type { TrackerRing } from '../ring/index.ts'

export interface LocatedSet {
  readonly segment: Uint8Array
  readonly isKnown: boolean
  /** Where it was asked for. */
  readonly record: SignedDocument | null
  readonly tombstones: SignedDocument[]
  readonly isBuried: boolean
  readonly holders: readonly LocatedHolder[]
}

export interface LocateDeps {
  readonly ask: Ask
  readonly map: TrackerMap
  readonly fleet: Fleet
  readonly ring: TrackerRing
}

/** Tombstones sent per set, at most. */
const MAX_TOMBSTONES = 4

export async function answerLocate(
  { segments, records }: QuestionOf<typeof locate>,
  { credential }: Session,
  deps: LocateDeps,
  signal: AbortSignal,
): Promise<AnswerOf<typeof locate>> {
  const providerOf = providersNow(deps.fleet)
  const here = await Promise.all(segments.map((segment) => locateHere(segment, records, providerOf, deps.map)))
  if (credential.role === 'tracker') return answerOf(here)
  const unknown = here.filter((set) => !set.isBuried && !isReadable(set, deps.map)).map(({ segment }) => segment)
  if (unknown.length === 0) return answerOf(here)
  const elsewhere = await locateElsewhere(unknown, records, deps, signal)
  return answerOf(here.map((set) => better(set, elsewhere.get(hexOf(set.segment)))))
}

type ProviderOf = (peer: PeerId) => LocatedProvider | undefined

/** Each provider is looked at once for an answer that names it a thousand times. Undefined: lost, or not known. */
function providersNow(fleet: Fleet): ProviderOf {
  const seen = new Map<PeerId, LocatedProvider | undefined>()
  return (peer) => {
    if (seen.has(peer)) return seen.get(peer)
    const standing = fleet.standing(peer)
    const provider = standing && standing.state !== 'lost' ? { address: standing.address, state: standing.state } : undefined
    seen.set(peer, provider)
    return provider
  }
}

function answerOf(sets: readonly LocatedSet[]): AnswerOf<typeof locate> {
  const table = new LocatedTable()
  const found = sets.map(({ segment, isKnown, record, tombstones, isBuried, holders }) => ({
    segment,
    known: isKnown,
    record,
    tombstones,
    buried: isBuried,
    holders: table.pack(holders),
  }))
  return { providers: table.providers, found }
}

/** Holders come in order of index. */
function isReadable({ segment, isKnown, holders }: LocatedSet, { sets }: TrackerMap): boolean {
  if (!isKnown) return false
  let [shards, last] = [0, -1]
  for (const { index } of holders) {
    if (index !== last) shards++
    last = index
  }
  return shards >= sets.required(sets.find(segment))
}

/** Of two answers the one that knows more: a burial, then the record, then holders. */
function better(here: LocatedSet, there: LocatedSet | undefined): LocatedSet {
  if (!there || (here.isKnown && !there.isKnown && !there.isBuried)) return here
  return there.isBuried || !here.isKnown || there.holders.length > here.holders.length ? there : here
}

/** By the row of the set: an answer has a thousand, and neither their ids as text nor a copy of what is known of each. */
async function locateHere(segment: Uint8Array, withRecord: boolean, providerOf: ProviderOf, map: TrackerMap): Promise<LocatedSet> {
  const row = map.sets.find(segment)
  const isKnown = map.sets.hasRecord(row)
  const holders: LocatedHolder[] = []
  for (const { index, peer, isCondemned } of map.statements.table.holders(row)) {
    const provider = isCondemned ? undefined : providerOf(peer)
    if (provider) holders.push({ index, provider })
  }
  const record = isKnown && withRecord ? await map.records.document(segment) : undefined
  const isBuried = !isKnown && map.records.isBuried(hexOf(segment))
  const tombstones = isBuried ? (await map.records.tombstones(segment)).slice(0, MAX_TOMBSTONES) : []
  return { segment, isKnown, record: record ?? null, isBuried, tombstones, holders }
}

/** Asks the live owners of each set, nearest first, until one knows it. */
export async function locateElsewhere(
  segments: readonly Uint8Array[],
  withRecords: boolean,
  { ask, ring }: Pick<LocateDeps, 'ask' | 'ring'>,
  signal: AbortSignal,
) {
  const found = new Map<string, LocatedSet>()
  let open = segments.map((segment) => ({ segment, owners: ring.otherOwners(segment).filter((owner) => ring.isReachable(owner)) }))
  while (open.length > 0) {
    const byOwner = new Map<string, { readonly owner: PeerAddress; readonly ids: Uint8Array[] }>()
    for (const { segment, owners } of open) {
      const [owner] = owners
      if (!owner) continue
      const group = byOwner.get(ringName(owner)) ?? { owner, ids: [] }
      group.ids.push(segment)
      byOwner.set(ringName(owner), group)
    }
    const answers = await Promise.all(
      [...byOwner.values()].map(({ owner, ids }) => askOwner(owner, { segments: ids, records: withRecords }, ask, signal)),
    )
    for (const set of answers.flat()) if (set.isKnown || set.isBuried) found.set(hexOf(set.segment), set)
    open = open.flatMap(({ segment, owners }) =>
      owners.length > 1 && !found.has(hexOf(segment)) ? [{ segment, owners: owners.slice(1) }] : [],
    )
  }
  return found
}

async function askOwner(owner: PeerAddress, question: QuestionOf<typeof locate>, ask: Ask, signal: AbortSignal): Promise<LocatedSet[]> {
  try {
    const { providers, found } = await ask(owner, locate, question, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })
    return found.map(({ known, buried, holders, ...set }) => ({
      ...set,
      isKnown: known,
      isBuried: buried,
      holders: unpackHolders(holders, providers),
    }))
  } catch (error) {
    if (isAway(error)) return []
    throw error
  }
}
