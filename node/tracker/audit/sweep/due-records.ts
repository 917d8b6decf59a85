/**
 * The records of sets that are due: of those that this tracker owns from its store, of all others from an owner on the ring, in ring order,
 * the next where one does not answer or does not know the set. With the record an owner shows the order by which the set is asked for
 * leaves only; orders go to owners alone, so that nobody else's record of a set counts.
 *
 * A set of which no owner is heard is asked for nothing now. Record and order are the set owner's signed word: an owner on the ring can
 * keep them back, and make up neither.
 *
 * @module
 */
import type { Log } from '@lunarx/runtime/log'
import type { SignedDocument } from '@lunarx/core/document'
import { hasCode, hexOf, type PeerAddress } from '@lunarx/core/model'
import { sweptRegion } from '@lunarx/core/proof'
import { ringName } from '@lunarx/core/placement'
import { slotOfRegion, watermarksIn } from '@lunarx/core/watermark'
import { SWEEP_RECORDS, sweepRecords, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import type { Ask } from '../../ask/index.ts'
import { openRecord, type OpenDeps } from '../../map/index.ts'
import type { TrackerRing } from '../../ring/index.ts'
import { openSet, type AuditedShard, type DrawDeps } from '../draw.ts'
import { hear } from '../hear.ts'
import { openOrder, type SharedSets } from '../shared/index.ts'
import type { SlotKeys } from './slot-keys.ts'

/** A set whose turn it is. */
export interface DueSet extends Omit<AuditedShard, 'provider' | 'index'> {
  /** Its owner has ordered that it is asked for leaves only. */
  readonly isShared: boolean
}

export interface OwnRecordsDeps extends OpenDeps, DrawDeps {
  readonly ring: Pick<TrackerRing, 'isOwner'>
  readonly sharedSets: Pick<SharedSets, 'has' | 'of'>
}

export interface ReadRecordsDeps extends OpenDeps {
  readonly ask: Ask
  readonly log: Log
  readonly ring: Pick<TrackerRing, 'isReachable' | 'otherOwners'>
}

export interface DueRecordsDeps extends OwnRecordsDeps, ReadRecordsDeps {
  readonly ring: OwnRecordsDeps['ring'] & ReadRecordsDeps['ring']
  readonly slotKeys: Pick<SlotKeys, 'slots'>
}

export interface DueRecords {
  readonly sets: readonly DueSet[]
  /** Of these no owner has said whether it knows them. */
  readonly unheard: readonly Uint8Array[]
}

/** Of sets of others only those whose region of the round belongs to a slot of this tracker. */
export async function openDue(
  segments: readonly Uint8Array[],
  round: number,
  deps: DueRecordsDeps,
  signal: AbortSignal,
): Promise<DueRecords> {
  const own: DueSet[] = []
  const others: Uint8Array[] = []
  for (const segment of segments) {
    const set = await openOwn(segment, deps)
    if (set) own.push(set)
    else if (!isKnownHere(segment, deps)) others.push(segment)
  }
  const slots = new Set(deps.slotKeys.slots)
  if (slots.size === 0) return { sets: own, unheard: [] }
  const { sets, unheard } = await readRecords(others, deps, signal)
  const asked = sets.filter(({ record }) => {
    const region = sweptRegion(round, record, watermarksIn(record.shardBytes), deps.crypto)
    return region !== undefined && slots.has(slotOfRegion(region))
  })
  return { sets: [...own, ...asked], unheard }
}

/** One that comes to own a set may know no record of it yet. */
const isKnownHere = (segment: Uint8Array, { ring, map: { records } }: OwnRecordsDeps): boolean =>
  ring.isOwner(segment) && (records.has(segment) || records.isBuried(hexOf(segment)))

/** Undefined: this tracker does not own the set, does not know it as committed, or does not rely on it. */
async function openOwn(segment: Uint8Array, deps: OwnRecordsDeps): Promise<DueSet | undefined> {
  const isOwn = deps.ring.isOwner(segment) && deps.map.records.get(hexOf(segment))?.isCommitted === true
  const set = isOwn ? await openSet(segment, deps) : undefined
  return set && { ...set, isShared: await deps.sharedSets.has(segment) }
}

/** For the tracker on the slots. */
export async function answerSweepRecords(
  { segments }: QuestionOf<typeof sweepRecords>,
  deps: OwnRecordsDeps,
): Promise<AnswerOf<typeof sweepRecords>> {
  const sets: AnswerOf<typeof sweepRecords>['sets'] = []
  for (const segment of segments) {
    const set = await openOwn(segment, deps)
    const order = set?.isShared ? await deps.sharedSets.of(segment) : undefined
    sets.push({ record: set?.document ?? null, order: order ?? null })
  }
  return { sets }
}

interface Wanted {
  readonly segment: Uint8Array
  /** Those that were not asked yet. */
  readonly owners: readonly PeerAddress[]
  /** An owner was away. */
  readonly isMissed: boolean
}

/** From the owners on the ring beside this tracker. Sets that none of them knows are left out. */
export async function readRecords(segments: readonly Uint8Array[], deps: ReadRecordsDeps, signal: AbortSignal): Promise<DueRecords> {
  const { ring } = deps
  const sets: DueSet[] = []
  const unheard: Uint8Array[] = []
  let wanted = segments.map((segment): Wanted => {
    const owners = ring.otherOwners(segment)
    const present = owners.filter((owner) => ring.isReachable(owner))
    return { segment, owners: present, isMissed: present.length < owners.length }
  })
  while (wanted.length > 0) {
    unheard.push(...wanted.filter(({ owners, isMissed }) => owners.length === 0 && isMissed).map(({ segment }) => segment))
    const told = await Promise.all(
      questionsOf(wanted).map(async ({ owner, asked }) => {
        const question = { segments: asked.map(({ segment }) => segment) }
        const answer = await hear(owner, sweepRecords, question, deps, { signal })
        return asked.map((one, at) => ({ ...one, owners: one.owners.slice(1), said: answer?.sets[at] }))
      }),
    )
    wanted = told.flat().flatMap(({ said, isMissed, ...one }) => {
      const set = said?.record && opened(one.segment, said.record, said.order, deps)
      if (!set) return [{ ...one, isMissed: isMissed || said?.record !== null }]
      sets.push(set)
      return []
    })
  }
  return { sets, unheard }
}

/** Each set of its next owner, as many as one question takes. */
function questionsOf(wanted: readonly Wanted[]): { readonly owner: PeerAddress; readonly asked: Wanted[] }[] {
  const open = new Map<string, { readonly owner: PeerAddress; readonly asked: Wanted[] }>()
  const full: { readonly owner: PeerAddress; readonly asked: Wanted[] }[] = []
  for (const one of wanted) {
    const [owner] = one.owners
    if (!owner) continue
    const question = open.get(ringName(owner)) ?? { owner, asked: [] }
    question.asked.push(one)
    if (question.asked.length < SWEEP_RECORDS) open.set(ringName(owner), question)
    else if (open.delete(ringName(owner))) full.push(question)
  }
  return [...full, ...open.values()]
}

/** Undefined: what the other tracker shows is not the record of this set. */
function opened(
  segment: Uint8Array,
  document: SignedDocument,
  order: SignedDocument | null,
  deps: Pick<ReadRecordsDeps, 'network' | 'crypto' | 'log'>,
): DueSet | undefined {
  const hex = hexOf(segment)
  try {
    const { id, record } = openRecord(document, deps)
    const ordered = order && openOrder(order, deps)
    const isShared = ordered !== null && hexOf(ordered.segment) === hex && hexOf(ordered.owner) === hexOf(record.owner)
    return hexOf(id) === hex ? { segment, hex, record, document, isShared } : undefined
  } catch (error) {
    if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE', 'UNKNOWN_NETWORK')) throw error
    deps.log.warn('what a tracker told of a set is not signed by its owner', { segment: hex, error })
    return undefined
  }
}
