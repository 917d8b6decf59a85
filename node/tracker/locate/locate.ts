/**
 * locate: records and holders of up to 1,000 sets in one answer. Sets that this tracker does not know, or of which it knows fewer
 * holders than a read needs (they were committed elsewhere a moment ago), are asked of their owners on the ring.
 *
 * Holders are hints: whoever reads from them verifies what it gets.
 *
 * @module
 */
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Session } from '@lunarx/net/peers'
import { locate, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { isAway, type Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { TrackerMap } from '../map/index.ts'
import type { TrackerRing } from '../ring/index.ts'

export type LocatedSet = AnswerOf<typeof locate>['found'][number]

export interface LocateDeps {
  readonly ask: Ask
  readonly map: TrackerMap
  readonly fleet: Fleet
  readonly ring: TrackerRing
}

/** Holders named per set, at most. */
const MAX_HOLDERS = 1024
/** Tombstones sent per set, at most. */
const MAX_TOMBSTONES = 4

export async function answerLocate(
  { segments }: QuestionOf<typeof locate>,
  { credential }: Session,
  deps: LocateDeps,
  signal: AbortSignal,
): Promise<AnswerOf<typeof locate>> {
  const here = await Promise.all(segments.map((segment) => locateHere(segment, deps)))
  if (credential.role === 'tracker') return { found: here }
  const unknown = here.filter((set) => !set.buried && !isReadable(set, deps)).map(({ segment }) => segment)
  const elsewhere = await locateElsewhere(unknown, deps, signal)
  return { found: here.map((set) => better(set, elsewhere.get(hexOf(set.segment)))) }
}

function isReadable({ segment, holders }: LocatedSet, { map }: LocateDeps): boolean {
  const known = map.records.get(hexOf(segment))
  return known !== undefined && new Set(holders.map(({ index }) => index)).size >= known.required
}

/** Of two answers the one that knows more: a burial, then the record, then holders. */
function better(here: LocatedSet, there: LocatedSet | undefined): LocatedSet {
  if (!there || (here.record !== null && there.record === null && !there.buried)) return here
  return there.buried || here.record === null || there.holders.length > here.holders.length ? there : here
}

export async function locateHere(segment: Uint8Array, { map, fleet }: Pick<LocateDeps, 'map' | 'fleet'>): Promise<LocatedSet> {
  const hex = hexOf(segment)
  const record = map.records.get(hex) ? await map.records.document(segment) : undefined
  const holders = map.statements.holders(hex).flatMap(({ index, peer, isCondemned }) => {
    const standing = fleet.standing(peer)
    if (!standing || standing.state === 'lost' || isCondemned) return []
    return [{ index, provider: standing.address, state: standing.state }]
  })
  const buried = map.records.isBuried(hex)
  const tombstones = buried ? (await map.records.tombstones(segment)).slice(0, MAX_TOMBSTONES) : []
  return { segment, record: record ?? null, buried, tombstones, holders: holders.slice(0, MAX_HOLDERS) }
}

/** Asks the live owners of each set, nearest first, until one knows it. */
export async function locateElsewhere(
  segments: readonly Uint8Array[],
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
    const answers = await Promise.all([...byOwner.values()].map(({ owner, ids }) => askOwner(owner, ids, ask, signal)))
    for (const set of answers.flat()) if (set.record !== null || set.buried) found.set(hexOf(set.segment), set)
    open = open.flatMap(({ segment, owners }) =>
      owners.length > 1 && !found.has(hexOf(segment)) ? [{ segment, owners: owners.slice(1) }] : [],
    )
  }
  return found
}

async function askOwner(owner: PeerAddress, segments: Uint8Array[], ask: Ask, signal: AbortSignal): Promise<LocatedSet[]> {
  try {
    return (await ask(owner, locate, { segments }, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })).found
  } catch (error) {
    if (isAway(error)) return []
    throw error
  }
}
