/**
 * compare-inventory, inventory and teach: providers say what they hold, and send the records that this tracker lacks. Trackers teach each other the
 * same way; what a tracker teaches was committed, and somebody wants it.
 *
 * "Unknown" never means remove: only a tombstone does.
 *
 * @module
 */
import { unpackShardKeys } from '@lunarx/core/inventory'
import { hasCode, hexOf } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import type { AnswerOf, compareInventory, inventory, QuestionOf, teach } from '@lunarx/wire'
import type { TrackerRing } from '../ring/index.ts'
import { compareRanges } from './compare-ranges.ts'
import { takeWithin } from './document-bytes.ts'
import { openRecord, openTombstone, recordId, type OpenDeps } from './open-record.ts'
import type { TrackerMap } from './tracker-map.ts'

/** Whether the lease of a set has ended here, so that its record may have been forgotten. */
export interface Ended {
  readonly isEnded: (hex: string) => boolean
  /** The sets are wanted after all. Durable when it resolves. */
  readonly restart: (segments: readonly Uint8Array[]) => Promise<void>
}

export interface InventoryDeps extends OpenDeps {
  readonly map: TrackerMap
  readonly ring: TrackerRing
  readonly ends: Ended
  readonly log: Log
  readonly limits: { readonly documents: number; readonly documentBytes: number }
}

export function answerCompareInventory(
  question: QuestionOf<typeof compareInventory>,
  { session }: Pick<Asked, 'session'>,
  { map, ring, crypto }: InventoryDeps,
): AnswerOf<typeof compareInventory> {
  const { statements, records } = map
  if (question.first) statements.begin(session.peer, question)
  if (!statements.isUnderWay(session.peer, question)) return { compared: 0, differing: [] }
  const isWanting = (set: number): boolean => records.isWanting(set, (id) => ring.isOwner(id))
  return compareRanges(session.peer, question, { table: statements.table, crypto, isWanting })
}

export async function answerInventory(
  page: QuestionOf<typeof inventory>,
  { session }: Pick<Asked, 'session'>,
  { map, ring, ends, limits }: InventoryDeps,
): Promise<AnswerOf<typeof inventory>> {
  const { isTaken, next } = await map.statements.report(session.peer, page)
  const segments = distinct(unpackShardKeys(page.held).map(({ segment }) => segment))
  // asked for even when buried: the tombstone may be of somebody who does not own the set, which only the record can tell;
  // and when the lease has ended: with the record comes the keep, if this holder has one
  const unknown = segments.filter((id) => (!map.records.has(id) || ends.isEnded(hexOf(id))) && ring.isOwner(id))
  const buried = segments.filter((id) => map.records.isBuried(hexOf(id)))
  const tombstones = (await Promise.all(buried.map((id) => map.records.tombstones(id)))).flat()
  return {
    taken: isTaken,
    next,
    unknown,
    tombstones: takeWithin(tombstones, { count: limits.documents, bytes: limits.documentBytes }),
  }
}

export async function answerTeach(
  { records, tombstones }: QuestionOf<typeof teach>,
  { session }: Pick<Asked, 'session'>,
  deps: InventoryDeps,
): Promise<AnswerOf<typeof teach>> {
  const isCommitted = session.credential.role === 'tracker'
  const openable = <T>(open: () => T): T[] => {
    try {
      return [open()]
    } catch (error) {
      if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE', 'UNKNOWN_NETWORK')) throw error
      deps.log.warn('a taught document was refused', { peer: session.peer, error })
      return []
    }
  }
  const buried = await deps.map.records.bury(tombstones.flatMap((document) => openable(() => openTombstone(document, deps))))
  // what is known was verified when it came, whoever sends it again
  const named = records.map((document) => ({ document, id: recordId(document, deps.crypto) }))
  const [known, unknown] = split(named, ({ id }) => deps.map.records.has(id))
  if (isCommitted) await deps.map.records.commit(known.map(({ id }) => hexOf(id)))
  const learnt = await deps.map.records.learn(
    unknown.flatMap(({ document, id }) => openable(() => openRecord(document, deps, id))),
    { isCommitted },
  )
  if (isCommitted) await deps.ends.restart(named.map(({ id }) => id))
  return { accepted: buried + known.length + learnt }
}

function split<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const [first, second]: [T[], T[]] = [[], []]
  for (const item of items) (isFirst(item) ? first : second).push(item)
  return [first, second]
}

function distinct(ids: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(ids.map((id) => [hexOf(id), id])).values()]
}
