/**
 * What a question about keeps is about: each keep with the record of its set and those who hold it, from here or from an owner that knows
 * more: sets may have been committed by another tracker a moment ago, or be none of this one's.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { LocateDeps } from '../locate/index.ts'
import { locateElsewhere } from '../locate/index.ts'
import { openRecord } from '../map/index.ts'
import type { NewKeep } from './keeps.ts'
import type { LeaseDeps } from './take-keeps.ts'

export interface KeepSubject {
  readonly keep: NewKeep
  /** k; 0: nobody who was asked knows the set. */
  readonly required: number
  /** For owners that do not know the set. */
  readonly record: () => Promise<SignedDocument | undefined>
  /** Provider → the first shard of the set that it is said to hold. */
  readonly holders: ReadonlyMap<PeerId, number>
}

export type SubjectDeps = LeaseDeps & LocateDeps

type Located = Awaited<ReturnType<typeof locateElsewhere>>

/** Learns on the way what this tracker owns and did not know. @throws {LunarError} UNAUTHORIZED for another owner's set */
export async function findSubjects(news: readonly NewKeep[], deps: SubjectDeps, signal: AbortSignal): Promise<KeepSubject[]> {
  const { records } = deps.map
  for (const { segment, owner } of news) checkOwner(segment, owner, records.get(hexOf(segment))?.owner)
  const open = news.filter(({ segment, owner }) => !records.isBuriedBy(hexOf(segment), owner) && !isWellKnown(segment, deps))
  const ids = open.map(({ segment }) => segment)
  const located = ids.length > 0 ? await locateElsewhere(ids, true, deps, signal) : new Map()
  return await Promise.all(news.map((keep) => subjectOf(keep, located, deps)))
}

async function subjectOf(keep: NewKeep, located: Located, deps: SubjectDeps): Promise<KeepSubject> {
  const { segment, owner } = keep
  const { records } = deps.map
  const there = located.get(hexOf(segment))?.record
  const found = there && openRecord(there, deps)
  if (found) checkOwner(segment, owner, found.record.owner)
  if (found && deps.ring.isOwner(segment)) await records.learn([found], { isCommitted: true })
  return {
    keep,
    required: records.get(hexOf(segment))?.required ?? found?.record.required ?? 0,
    record: async () => (await records.document(segment)) ?? there ?? undefined,
    holders: holdersOf(segment, located, deps),
  }
}

/** @throws {LunarError} UNAUTHORIZED */
export function checkOwner(segment: Uint8Array, owner: Uint8Array, known: Uint8Array | undefined): void {
  if (known && hexOf(known) !== hexOf(owner))
    throw new LunarError('UNAUTHORIZED', 'the set belongs to another owner', { detail: { segment: hexOf(segment) } })
}

/** Its record, and as many holders as have to take the keep. */
function isWellKnown(segment: Uint8Array, deps: SubjectDeps): boolean {
  const known = deps.map.records.get(hexOf(segment))
  return known !== undefined && new Set(holdersOf(segment, new Map(), deps).values()).size > known.required
}

function holdersOf(segment: Uint8Array, located: Located, { map }: SubjectDeps): Map<PeerId, number> {
  const hex = hexOf(segment)
  const stated = map.statements.holders(hex).filter(({ isCondemned }) => !isCondemned)
  const elsewhere = located.get(hex)?.holders.map(({ index, provider }) => ({ index, peer: provider.address.peer })) ?? []
  const found = new Map<PeerId, number>()
  for (const { index, peer } of [...stated, ...elsewhere]) if (!found.has(peer)) found.set(peer, index)
  return found
}
