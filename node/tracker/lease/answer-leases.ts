/**
 * leases: a holder asks about sets that nobody has kept with it.
 *
 * "Unknown" never means remove: it asks for the record. A set that is kept here has no end while its owner's lease is not over, and none
 * ends before its other holders were asked for keeps that are not known here (`recall.ts`).
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { hexOf } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { AnswerOf, leases, QuestionOf } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'
import { takeWithin } from '../map/index.ts'
import { endLeases, type RecallDeps } from './recall.ts'
import type { OverList } from '../expiry/over-list.ts'
import type { Rebuilding } from './rebuilding.ts'

export interface AnswerLeasesDeps extends RecallDeps {
  readonly rebuilding: Rebuilding
  readonly overList: OverList
}

type Answer = AnswerOf<typeof leases>

const HALF_MESSAGE = { count: TRACKER_LIMITS.documents, bytes: TRACKER_LIMITS.documentBytes / 2 }

export async function answerLeases(
  { segments, overUntil }: QuestionOf<typeof leases>,
  { signal }: Pick<Asked, 'signal'>,
  deps: AnswerLeasesDeps,
): Promise<Answer> {
  const due: string[] = []
  for (const segment of segments) if ((await leaseOf(segment, deps)) === 'due') due.push(hexOf(segment))
  if (due.length > 0) await endLeases(due.slice(0, TRACKER_LIMITS.endedAtOnce), deps, signal)
  const keeps: SignedDocument[] = []
  const tombstones: SignedDocument[] = []
  const found: Answer['leases'] = []
  for (const segment of segments) {
    const lease = await leaseOf(segment, deps)
    found.push(lease === 'due' ? 'running' : lease)
    if (lease === 'kept') keeps.push(...present(await deps.keeps.read(segment)))
    if (lease === 'buried') tombstones.push(...(await deps.map.records.tombstones(segment)))
  }
  return {
    leases: found,
    keeps: takeWithin(keeps, HALF_MESSAGE),
    tombstones: takeWithin(tombstones, HALF_MESSAGE),
    rebuilding: await deps.rebuilding.look(),
    ...deps.overList.behind(overUntil),
  }
}

async function leaseOf(
  segment: Uint8Array,
  { map: { records }, ring, keeps, ends, ownerLeases }: AnswerLeasesDeps,
): Promise<Answer['leases'][number] | 'due'> {
  const hex = hexOf(segment)
  if (records.isBuried(hex)) return 'buried'
  if (!ring.isOwner(segment)) return 'unknown'
  if (ends.isEnded(hex)) return 'ended'
  if (!records.get(hex)) return 'unknown'
  const keep = await keeps.read(segment)
  const known = records.get(hex) // as it is now
  if (!known) return 'unknown'
  return keep && !ownerLeases.isOver(known.owner) ? 'kept' : ends.look(hex)
}

const present = (document: SignedDocument | undefined): SignedDocument[] => (document ? [document] : [])
