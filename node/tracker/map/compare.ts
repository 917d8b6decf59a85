/**
 * compare-map: two trackers find what each lacks of the sets that both own. Pages of ids go one way, missing documents both ways.
 *
 * A tracker that knows sets which it does not own any more, since there are others now, names them to their owners all the same: so
 * records and tombstones move when trackers come and go, however many at once.
 *
 * Only committed records and tombstones travel: an upload under way is the business of the tracker that placed it.
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { bytesOfHex, hexOf, itemAt, type PeerAddress } from '@lunarx/core/model'
import { compareMap, teach, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import type { Ask } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { answerTeach, type InventoryDeps } from './answer-inventory.ts'
import { recordId } from './open-record.ts'
import { batches, takeWithin } from './document-bytes.ts'
import type { TrackerMap } from './tracker-map.ts'

const MESSAGE = { count: TRACKER_LIMITS.documents, bytes: TRACKER_LIMITS.documentBytes }
/** Records and tombstones share one answer. */
const HALF_MESSAGE = { count: TRACKER_LIMITS.documents, bytes: TRACKER_LIMITS.documentBytes / 2 }

export interface CompareDeps extends InventoryDeps {
  readonly ask: Ask
}

/**
 * Compares everything that the other owns with it, page by page.
 * @returns how many documents the other lacked, those left out that it has refused for good: 0 says that it has all
 */
export async function compareWith(other: PeerAddress, deps: CompareDeps, signal: AbortSignal): Promise<number> {
  let lacked = 0
  let after: Uint8Array | null = null
  for (let page = 0; page < TRACKER_LIMITS.comparedPages; page++) {
    const own: OwnPage = await ownPage(deps.map, after)
    const theirs = (ids: Uint8Array[]): Uint8Array[] => ids.filter((id) => deps.ring.isOwnedBy(id, other))
    const question = { after, until: own.until, records: theirs(own.records), tombstones: theirs(own.tombstones) }
    const { answer, session } = await deps.ask.withSession(other, compareMap, question, { signal })
    // of a set that nobody kept the other one may not have heard yet that it is over
    const records = answer.records.filter((document) => !deps.ends.isEnded(hexOf(recordId(document, deps.crypto))))
    // one that is leaving is to hear what was deleted, and takes nothing more that it would have to hand over
    await answerTeach({ ...answer, records: deps.ring.isMember ? records : [] }, { session }, deps)
    lacked += Math.max(0, answer.wanted.length - (await sendWanted(other, answer.wanted, deps, signal)))
    if (own.until === null) return lacked
    after = own.until
  }
  return lacked + 1 // it did not come to the end
}

interface OwnPage {
  readonly records: Uint8Array[]
  readonly tombstones: Uint8Array[]
  /** The last id that the page covers; null: the end. */
  readonly until: Uint8Array | null
}

/** The next page of own ids. When one of the lists is full, the page ends where the shorter of the full lists ends. */
async function ownPage({ records }: TrackerMap, after: Uint8Array | null): Promise<OwnPage> {
  const limit = TRACKER_LIMITS.comparedIds
  const [live, buried] = await Promise.all([records.committedAfter(after, null, limit), records.buriedAfter(after, null, limit)])
  const ends = [live, buried].flatMap((ids) => (ids.length < limit ? [] : [hexOf(itemAt(ids, ids.length - 1))])).sort()
  const end = ends[0]
  if (end === undefined) return { records: live, tombstones: buried, until: null }
  const within = (ids: Uint8Array[]): Uint8Array[] => ids.filter((id) => hexOf(id) <= end)
  return { records: within(live), tombstones: within(buried), until: bytesOfHex(end) }
}

/** @returns how many were refused: they are not of the set's owner, or not signed. That does not change when they are sent again. */
async function sendWanted(
  other: PeerAddress,
  wanted: readonly Uint8Array[],
  { ask, map }: CompareDeps,
  signal: AbortSignal,
): Promise<number> {
  const records: SignedDocument[] = []
  const tombstones: SignedDocument[] = []
  for (const id of wanted) {
    const record = await map.records.document(id)
    if (record) records.push(record)
    else tombstones.push(...(await map.records.tombstones(id)))
  }
  let refused = 0
  const lessons = [
    ...[...batches(tombstones, MESSAGE)].map((batch) => ({ records: [], tombstones: batch })),
    ...[...batches(records, MESSAGE)].map((batch) => ({ records: batch, tombstones: [] })),
  ]
  for (const lesson of lessons) {
    const { accepted } = await ask(other, teach, lesson, { signal })
    refused += lesson.records.length + lesson.tombstones.length - accepted
  }
  return refused
}

/** The other side: what the asker lacks in its range, as far as one message carries, and what is lacking here. */
export async function answerCompare(
  { after, until, records: askerRecords, tombstones: askerTombstones }: QuestionOf<typeof compareMap>,
  { map, ring, ends }: Pick<InventoryDeps, 'map' | 'ring' | 'ends'>,
  asker: PeerAddress | undefined,
): Promise<AnswerOf<typeof compareMap>> {
  const { records } = map
  const limit = TRACKER_LIMITS.comparedIds
  const [live, buried] = await Promise.all([records.committedAfter(after, until, limit), records.buriedAfter(after, until, limit)])
  const asked = new Set(askerRecords.map(hexOf))
  const askedBuried = new Set(askerTombstones.map(hexOf))
  const isTheirs = (id: Uint8Array): boolean => asker === undefined || ring.isShared(id, asker)
  // one that does not own a set any more has not heard that it was deleted
  const lackedBuried = buried.filter((id) => !askedBuried.has(hexOf(id)) && (isTheirs(id) || asked.has(hexOf(id))))
  const lacked = live.filter((id) => !asked.has(hexOf(id)) && !askedBuried.has(hexOf(id)) && isTheirs(id))
  const documents = await Promise.all(lacked.slice(0, MESSAGE.count).map((id) => records.document(id)))
  const stones = (await Promise.all(lackedBuried.slice(0, MESSAGE.count).map((id) => records.tombstones(id)))).flat()
  return {
    records: takeWithin(
      documents.filter((document) => document !== undefined),
      HALF_MESSAGE,
    ),
    tombstones: takeWithin(stones, HALF_MESSAGE),
    wanted: [
      ...askerTombstones.filter((id) => !records.isBuried(hexOf(id))),
      ...askerRecords.filter((id) => isLacked(hexOf(id), records, ends)),
    ],
  }
}

const isLacked = (hex: string, records: TrackerMap['records'], ends: InventoryDeps['ends']): boolean =>
  !records.isBuried(hex) && !ends.isEnded(hex) && records.get(hex)?.isCommitted !== true
