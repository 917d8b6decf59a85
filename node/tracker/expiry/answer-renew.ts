/**
 * renew-lease: verify the owner's word → durable here → with the other trackers and with d + 1 providers, side by side → answer.
 *
 * Renewed is what so many trackers have that of any 2d + 1 owners of a set a majority does: those never say that it is over, so that no
 * set ends without one of them.
 *
 * @module
 */
import { hasCode, type PeerAddress } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import { teachLeases, type AnswerOf, type QuestionOf, type renewLease } from '@lunarx/wire'
import { isAway, type Ask } from '../ask/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { OpenDeps } from '../map/index.ts'
import type { TrackerRing } from '../ring/index.ts'
import type { LeaseHolders } from './lease-holders.ts'
import { openLease, type NewLease } from './open-lease.ts'
import type { OwnerLeases, TakenLease } from './owner-leases.ts'

export interface RenewDeps extends OpenDeps {
  readonly ask: Ask
  readonly ring: TrackerRing
  readonly ownerLeases: OwnerLeases
  readonly leaseHolders: LeaseHolders
}

/** Trackers that may be without a lease while of every set's owners a majority has it. */
export const mayLack = (ring: Pick<TrackerRing, 'size' | 'copies'>): number => Math.floor((Math.min(ring.size, ring.copies) - 1) / 2)

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK, STORE_FAILED */
export async function answerRenew(
  { leases }: QuestionOf<typeof renewLease>,
  { signal }: Pick<Asked, 'signal'>,
  deps: RenewDeps,
): Promise<AnswerOf<typeof renewLease>> {
  const news = leases.map((document) => openLease(document, deps))
  const { ring, ownerLeases, leaseHolders } = deps
  const here = await ownerLeases.take(news)
  const [there, held] = await Promise.all([
    Promise.all(ring.others.map((tracker) => tellTracker(tracker, news, deps, signal))),
    Promise.all(news.map((one) => leaseHolders.spread(one, signal))),
  ])
  const outcomes = news.map((_, at) => {
    const words = [...(ring.isMember ? [here[at]] : []), ...there.map((answers) => answers?.[at])].filter((word) => word !== undefined)
    const having = words.filter(({ outcome }) => outcome === 'taken').length
    const wasOver = words.some((word) => word.wasOver)
    if (words.some(({ outcome }) => outcome === 'stale')) return { outcome: 'stale' as const, wasOver }
    const isRenewed = having >= ring.size - mayLack(ring) && held[at] === true
    return { outcome: isRenewed ? ('renewed' as const) : ('short' as const), wasOver }
  })
  return { outcomes }
}

/** @returns what it says of each; undefined: it is away */
async function tellTracker(
  tracker: PeerAddress,
  news: readonly NewLease[],
  { ask }: RenewDeps,
  signal: AbortSignal,
): Promise<readonly TakenLease[] | undefined> {
  const leases = news.map(({ document }) => document)
  try {
    return (await ask(tracker, teachLeases, { leases }, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })).outcomes
  } catch (error) {
    if (!isAway(error)) throw error
    return undefined
  }
}

/** teach-leases: what cannot be opened is refused, the rest is taken. */
export async function answerTeachLeases(
  { leases }: QuestionOf<typeof teachLeases>,
  deps: Pick<RenewDeps, 'network' | 'crypto' | 'ownerLeases'>,
): Promise<AnswerOf<typeof teachLeases>> {
  const outcomes: TakenLease[] = []
  for (const document of leases) {
    const opened = openable(document, deps)
    const [taken] = opened ? await deps.ownerLeases.take([opened]) : []
    outcomes.push(taken ?? { outcome: 'refused', wasOver: false })
  }
  return { outcomes }
}

function openable(document: Parameters<typeof openLease>[0], deps: OpenDeps): NewLease | undefined {
  try {
    return openLease(document, deps)
  } catch (error) {
    if (hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE', 'UNKNOWN_NETWORK')) return undefined
    throw error
  }
}
