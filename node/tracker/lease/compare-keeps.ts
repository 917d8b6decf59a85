/**
 * compare-keeps: two trackers find which keeps each lacks of the sets that both own. As with records, who does not own a set any more
 * names its keep to those who do.
 *
 * Seldom: a keep is acknowledged by a majority of the owners, and a lease lasts a day.
 *
 * @module
 */
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import { compareKeeps, teachKeeps, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import type { Ask } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { batches, compareDocuments } from '../map/index.ts'
import type { Kept, Keeps } from './keeps.ts'
import { answerTeachKeeps, isForgotten, type LeaseDeps } from './take-keeps.ts'

const MESSAGE = { count: TRACKER_LIMITS.documents, bytes: TRACKER_LIMITS.documentBytes }

export interface CompareKeepsDeps extends LeaseDeps {
  readonly ask: Ask
}

/**
 * Compares everything that the other owns with it, page by page.
 * @returns how many keeps the other lacked: 0 says that it has all
 */
export async function compareKeepsWith(other: PeerAddress, deps: CompareKeepsDeps, signal: AbortSignal): Promise<number> {
  let lacked = 0
  let after: Uint8Array | null = null
  for (let count = 0; count < TRACKER_LIMITS.comparedPages; count++) {
    const page: Kept[] = await deps.keeps.page(after, null, TRACKER_LIMITS.comparedIds)
    await deps.keeps.drop(page.flatMap(({ segment }) => (deps.map.records.isBuried(hexOf(segment)) ? [segment] : [])))
    const last = page.length < TRACKER_LIMITS.comparedIds ? null : (page.at(-1)?.segment ?? null)
    const theirs = page.filter(({ segment }) => isKeptHere(segment, deps) && deps.ring.isOwnedBy(segment, other))
    const question = { after, until: last, kept: theirs.map(({ segment }) => segment) }
    const { answer, session } = await deps.ask.withSession(other, compareKeeps, question, { signal })
    await answerTeachKeeps({ keeps: answer.keeps }, { session }, deps)
    const wanted = new Set(answer.wanted.map(hexOf))
    const documents = theirs.filter(({ segment }) => wanted.has(hexOf(segment))).map(({ document }) => document)
    lacked += documents.length
    for (const keeps of batches(documents, MESSAGE)) await deps.ask(other, teachKeeps, { keeps }, { signal })
    if (last === null) return lacked
    after = last
  }
  return lacked + 1 // it did not come to the end
}

/** The other side: what the asker lacks in its range, as far as one message carries, and what is lacking here. */
export async function answerCompareKeeps(
  { after, until, kept }: QuestionOf<typeof compareKeeps>,
  deps: Pick<LeaseDeps, 'keeps' | 'map' | 'ring' | 'ends' | 'ownerLeases'>,
  asker: PeerAddress | undefined,
  limit: number = TRACKER_LIMITS.comparedIds,
): Promise<AnswerOf<typeof compareKeeps>> {
  await deps.ends.restart(kept.filter((segment) => isForgotten(segment, deps)))
  const compared = {
    page: (...range: Parameters<Keeps['page']>) => deps.keeps.page(...range),
    has: async (segment: Uint8Array) => (await deps.keeps.read(segment)) !== undefined,
    isOfUse: (segment: Uint8Array) => isKeptHere(segment, deps),
    isTheirs: (segment: Uint8Array) => asker === undefined || deps.ring.isShared(segment, asker),
  }
  const { lacked, wanted } = await compareDocuments({ after, until, ids: kept }, compared, limit)
  return { keeps: lacked, wanted }
}

/** A keep of a set that was deleted meanwhile is nobody's business, and one whose owner's lease is over does not count. */
function isKeptHere(segment: Uint8Array, { map, ownerLeases }: Pick<LeaseDeps, 'map' | 'ownerLeases'>): boolean {
  const known = map.records.get(hexOf(segment))
  return known !== undefined && !ownerLeases.isOver(known.owner)
}
