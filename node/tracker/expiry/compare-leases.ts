/**
 * compare-leases: two trackers find which owners' leases each lacks, and tell each other which of them are over. Every tracker has all.
 *
 * @module
 */
import { hexOf, type PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import { compareLeases, LEASES_ASKED, teachLeases, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'
import { answerTeachLeases, type RenewDeps } from './answer-renew.ts'
import type { KnownLease, OwnerLeases } from './owner-leases.ts'

export type CompareLeasesDeps = RenewDeps

/** All of them, page by page. @returns how many the other lacked: 0 says that it has all */
export async function compareLeasesWith(other: PeerAddress, deps: CompareLeasesDeps, signal: AbortSignal): Promise<number> {
  const { ask, ownerLeases } = deps
  let lacked = 0
  let after: Uint8Array | null = null
  for (let count = 0; count < TRACKER_LIMITS.comparedPages; count++) {
    const page: KnownLease[] = await ownerLeases.page(after, null, TRACKER_LIMITS.comparedLeases)
    const until = page.length < TRACKER_LIMITS.comparedLeases ? null : (page.at(-1)?.owner ?? null)
    const known = page.map((one) => ({ owner: one.owner, sequence: one.lease.sequence, isOver: ownerLeases.isOverByCount(one) }))
    const { leases, wanted } = await ask(other, compareLeases, { after, until, known }, { signal })
    for (const batch of inBatches(leases)) await answerTeachLeases({ leases: batch }, deps)
    const documents = wanted.flatMap((owner) => ownerLeases.of(owner)?.document ?? [])
    lacked += documents.length
    for (const batch of inBatches(documents)) await ask(other, teachLeases, { leases: batch }, { signal })
    if (until === null) return lacked
    after = until
  }
  return lacked + 1 // it did not come to the end
}

/** The other side. @param asker undefined: no tracker of the network, whose count of leases says nothing */
export async function answerCompareLeases(
  { after, until, known }: QuestionOf<typeof compareLeases>,
  { ownerLeases }: { readonly ownerLeases: OwnerLeases },
  asker: PeerAddress | undefined,
): Promise<AnswerOf<typeof compareLeases>> {
  if (asker) ownerLeases.vote(ringName(asker), known)
  const here = await ownerLeases.page(after, until, TRACKER_LIMITS.comparedLeases)
  const theirs = new Map(known.map(({ owner, sequence }) => [hexOf(owner), sequence]))
  const newer = here.filter(({ owner, lease }) => lease.sequence > (theirs.get(hexOf(owner)) ?? -1))
  const isWanted = ({ owner, sequence }: (typeof known)[number]): boolean => sequence > (ownerLeases.of(owner)?.lease.sequence ?? -1)
  return { leases: newer.map(({ document }) => document), wanted: known.filter(isWanted).map(({ owner }) => owner) }
}

function* inBatches<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += LEASES_ASKED) yield items.slice(at, at + LEASES_ASKED)
}
