/**
 * What one tracker answers another that has named its ids of a range: documents of sets, one for each, that lie in a store of their own
 * (keeps, orders). Records and tombstones have their own way (`compare.ts`).
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import { hexOf } from '@lunarx/core/model'
import { TRACKER_LIMITS } from '../limits.ts'
import { takeWithin } from './document-bytes.ts'

const MESSAGE = { count: TRACKER_LIMITS.documents, bytes: TRACKER_LIMITS.documentBytes }

export interface ComparedRange {
  readonly after: Uint8Array | null
  readonly until: Uint8Array | null
  /** The asker's in (after, until]. */
  readonly ids: readonly Uint8Array[]
}

export interface ComparedDocuments {
  /** Behind `after` up to `until`, in order of id, at most `limit`. */
  readonly page: (
    after: Uint8Array | null,
    until: Uint8Array | null,
    limit: number,
  ) => Promise<readonly { readonly segment: Uint8Array; readonly document: SignedDocument }[]>
  readonly has: (segment: Uint8Array) => Promise<boolean>
  /** Its document is to be here: what is not is of no interest, and is told to nobody. */
  readonly isOfUse: (segment: Uint8Array) => boolean
  /** The asker is to have it too. */
  readonly isTheirs: (segment: Uint8Array) => boolean
}

export interface Compared {
  /** What the asker lacks, as far as one message carries: it has those when it asks again. */
  readonly lacked: SignedDocument[]
  /** What is lacking here: all of it, and nothing that is here. */
  readonly wanted: Uint8Array[]
}

/**
 * There may be many more in the range here than the asker has. Pages are read until the message is full or the range ends; ids that no page
 * has shown are then looked up.
 * @param limit ids in a page
 */
export async function compareDocuments(
  { after, until, ids }: ComparedRange,
  { page, has, isOfUse, isTheirs }: ComparedDocuments,
  limit: number,
): Promise<Compared> {
  const unseen = new Map(ids.map((id) => [hexOf(id), id]))
  const lacked: SignedDocument[] = []
  let from = after
  for (;;) {
    const here = await page(from, until, limit)
    for (const { segment, document } of here)
      if (!unseen.delete(hexOf(segment)) && isOfUse(segment) && isTheirs(segment)) lacked.push(document)
    if (here.length < limit || takeWithin(lacked, MESSAGE).length < lacked.length) break
    from = here.at(-1)?.segment ?? null
  }
  const sought = [...unseen.values()].filter(isOfUse)
  const wanted: Uint8Array[] = []
  for (let at = 0; at < sought.length; at += TRACKER_LIMITS.scanEntries) {
    const some = sought.slice(at, at + TRACKER_LIMITS.scanEntries)
    const areHere = await Promise.all(some.map(has))
    wanted.push(...some.filter((_, i) => !areHere[i]))
  }
  return { lacked: takeWithin(lacked, MESSAGE), wanted }
}
