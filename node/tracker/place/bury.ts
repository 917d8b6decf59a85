/**
 * bury: verify the owner's tombstones → durable with a majority of each set's owners → answer. Holders are told in the background
 * (`discard-buried.ts`), again and again, until they confirm.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { hexOf, LunarError, type PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Asked } from '@lunarx/net/peers'
import { bury, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { isAway, type Ask } from '../ask/index.ts'
import type { SharedSets } from '../audit/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { openTombstone, type NewTombstone, type OpenDeps, type TrackerMap } from '../map/index.ts'
import type { Keeps } from '../lease/index.ts'
import type { TrackerRing } from '../ring/index.ts'

export interface BuryDeps extends OpenDeps {
  readonly ask: Ask
  readonly map: TrackerMap
  readonly keeps: Keeps
  readonly ring: TrackerRing
  readonly sharedSets: Pick<SharedSets, 'drop'>
}

/**
 * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK; UNAUTHORIZED for another owner's set; PEER_UNREACHABLE when
 * too few owners could be reached: what was reached keeps the tombstones
 */
export async function answerBury(
  question: QuestionOf<typeof bury>,
  { session, signal }: Pick<Asked, 'session' | 'signal'>,
  deps: BuryDeps,
): Promise<AnswerOf<typeof bury>> {
  const tombstones = question.tombstones.map((document) => openTombstone(document, deps))
  for (const { segment, owner } of tombstones) checkOwner(segment, owner, deps.map)
  const accepted = await deps.map.records.bury(tombstones)
  const buried = tombstones.flatMap(({ segment }) => (deps.map.records.isBuried(hexOf(segment)) ? [segment] : []))
  await deps.keeps.drop(buried)
  await deps.sharedSets.drop(buried)
  if (session.credential.role !== 'tracker') await buryWithOwners(tombstones, deps, signal)
  return { accepted }
}

function checkOwner(segment: Uint8Array, owner: Uint8Array, { records }: TrackerMap): void {
  const known = records.get(hexOf(segment))
  if (known && hexOf(known.owner) !== hexOf(owner))
    throw new LunarError('UNAUTHORIZED', 'the set belongs to another owner', { detail: { segment: hexOf(segment) } })
}

async function buryWithOwners(tombstones: readonly NewTombstone[], { ask, ring }: BuryDeps, signal: AbortSignal): Promise<void> {
  const byOwner = new Map<string, { readonly owner: PeerAddress; readonly documents: SignedDocument[] }>()
  for (const { segment, document } of tombstones)
    for (const owner of ring.otherOwners(segment)) {
      const group = byOwner.get(ringName(owner)) ?? { owner, documents: [] }
      group.documents.push(document)
      byOwner.set(ringName(owner), group)
    }
  const reached = new Set<string>()
  await Promise.all(
    [...byOwner.entries()].map(async ([name, { owner, documents }]) => {
      try {
        await ask(owner, bury, { tombstones: documents }, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })
        reached.add(name)
      } catch (error) {
        if (!isAway(error)) throw error
      }
    }),
  )
  for (const { segment } of tombstones) checkMajority(segment, reached, ring)
}

function checkMajority(segment: Uint8Array, reached: ReadonlySet<string>, ring: TrackerRing): void {
  const owners = ring.owners(segment)
  const durable = owners.filter((owner) => ring.isSelf(owner) || reached.has(ringName(owner))).length
  if (durable * 2 <= owners.length)
    throw new LunarError('PEER_UNREACHABLE', 'a tombstone is not durable with a majority of its trackers', {
      detail: { segment: hexOf(segment), durable, owners: owners.length },
    })
}
