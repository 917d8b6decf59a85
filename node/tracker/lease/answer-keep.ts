/**
 * keep: verify the owner's keeps → durable here → with the other owners and the holders, side by side → answer, set by set, as soon as
 * a majority of the owners and k + 1 holders have each.
 *
 * What is slower than that goes on by itself: holders ask for what they missed (`leases`), owners compare (`compare-keeps`).
 *
 * @module
 */
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, LunarError, type PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Asked } from '@lunarx/net/peers'
import { keep, retain, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { isAway, type Ask } from '../ask/index.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import { locateElsewhere } from '../locate/index.ts'
import { openRecord } from '../map/index.ts'
import { openKeep, type NewKeep } from './keeps.ts'
import { KeepTally } from './keep-tally.ts'
import { takeKeeps, type LeaseDeps } from './take-keeps.ts'

export interface KeepDeps extends LeaseDeps {
  readonly ask: Ask
  readonly fleet: Fleet
}

type Outcome = AnswerOf<typeof keep>['outcomes'][number]

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK; UNAUTHORIZED for another owner's set */
export async function answerKeep(
  { keeps, records }: QuestionOf<typeof keep>,
  { session, signal }: Pick<Asked, 'session' | 'signal'>,
  deps: KeepDeps,
): Promise<AnswerOf<typeof keep>> {
  const news = keeps.map((document) => openKeep(document, deps))
  for (const one of news) checkOwner(one, deps)
  if (session.credential.role !== 'tracker') return { outcomes: await keepEverywhere(news, deps, signal) }
  if (records.length > 0)
    await deps.map.records.learn(
      records.map((document) => openRecord(document, deps)),
      { isCommitted: true },
    )
  return { outcomes: await keepHere(news, deps) }
}

function checkOwner({ segment, owner }: NewKeep, { map }: KeepDeps): void {
  const known = map.records.get(hexOf(segment))
  if (known && hexOf(known.owner) !== hexOf(owner))
    throw new LunarError('UNAUTHORIZED', 'the set belongs to another owner', { detail: { segment: hexOf(segment) } })
}

async function keepHere(news: readonly NewKeep[], deps: KeepDeps): Promise<Outcome[]> {
  const taken = await takeKeeps(news, deps, true)
  return news.map((one): Outcome => {
    if (taken.includes(one)) return 'kept'
    return deps.map.records.isBuriedBy(hexOf(one.segment), one.owner) ? 'buried' : 'unknown'
  })
}

async function keepEverywhere(news: readonly NewKeep[], deps: KeepDeps, signal: AbortSignal): Promise<Outcome[]> {
  const located = await learnUnknown(news, deps, signal)
  for (const one of news) checkOwner(one, deps) // of what was learnt just now
  const here = await keepHere(news, deps)
  const holders = news.map(({ segment }) => holdersOf(segment, located, deps))
  const tally = new KeepTally(
    news.map(({ segment }, at) => ({
      owners: deps.ring.owners(segment).length,
      required: deps.map.records.get(hexOf(segment))?.required ?? 0,
      holders: holders[at] ?? new Map<PeerId, number>(),
    })),
  )
  for (const [at, outcome] of here.entries()) tally.owner(at, outcome, news[at] !== undefined && deps.ring.isOwner(news[at].segment))
  // whose a set is that nobody knows, nobody can say
  const known = news.map((_, at) => at).filter((at) => here[at] === 'kept')
  const asked = [tellOwners(news, known, tally, deps, signal), tellHolders(news, known, holders, tally, deps, signal)]
  await Promise.race([Promise.all(asked), tally.isDecided])
  return tally.outcomes
}

/** Sets that were committed by another owner a moment ago: their records, and who holds them. */
async function learnUnknown(news: readonly NewKeep[], deps: KeepDeps, signal: AbortSignal): ReturnType<typeof locateElsewhere> {
  const { records } = deps.map
  const unknown = news.filter(({ segment, owner }) => !records.isBuriedBy(hexOf(segment), owner) && !isWellKnown(segment, deps))
  const located = await locateElsewhere(
    unknown.map(({ segment }) => segment),
    deps,
    signal,
  )
  const found = [...located.values()].flatMap(({ record }) => (record ? [openRecord(record, deps)] : []))
  await records.learn(found, { isCommitted: true })
  return located
}

/** Its record, and as many holders as have to take the keep. */
function isWellKnown(segment: Uint8Array, { map }: KeepDeps): boolean {
  const known = map.records.get(hexOf(segment))
  return known !== undefined && new Set(holdersOf(segment, new Map(), { map }).values()).size > known.required
}

/** Provider → the first shard of the set that it is said to hold. */
function holdersOf(
  segment: Uint8Array,
  located: Awaited<ReturnType<typeof locateElsewhere>>,
  { map }: Pick<KeepDeps, 'map'>,
): Map<PeerId, number> {
  const hex = hexOf(segment)
  const stated = map.statements.holders(hex).filter(({ isCondemned }) => !isCondemned)
  const elsewhere = located.get(hex)?.holders.map(({ index, provider: { peer } }) => ({ index, peer })) ?? []
  const found = new Map<PeerId, number>()
  for (const { index, peer } of [...stated, ...elsewhere]) if (!found.has(peer)) found.set(peer, index)
  return found
}

async function tellOwners(
  news: readonly NewKeep[],
  known: readonly number[],
  tally: KeepTally,
  { ask, ring, map }: KeepDeps,
  signal: AbortSignal,
): Promise<void> {
  const byOwner = new Map<string, { readonly owner: PeerAddress; readonly at: number[] }>()
  for (const at of known)
    for (const owner of news[at] ? ring.otherOwners(news[at].segment) : []) {
      const group = byOwner.get(ringName(owner)) ?? { owner, at: [] }
      group.at.push(at)
      byOwner.set(ringName(owner), group)
    }
  const keepsAt = (at: readonly number[]): SignedDocument[] => at.flatMap((one) => news[one]?.document ?? [])
  await Promise.all(
    [...byOwner.values()].map(async ({ owner, at }) => {
      const tell = async (these: readonly number[], records: SignedDocument[]): Promise<number[]> => {
        const question = { keeps: keepsAt(these), records }
        const { outcomes } = await ask(owner, keep, question, { signal, timeoutMs: TRACKER_LIMITS.trackerAskMs })
        for (const [i, one] of these.entries()) tally.owner(one, outcomes[i] ?? 'unknown', true)
        return these.filter((_, i) => outcomes[i] === 'unknown')
      }
      try {
        const unknown = await tell(at, [])
        const records = await Promise.all(unknown.flatMap((one) => (news[one] ? [map.records.document(news[one].segment)] : [])))
        const learnt = unknown.filter((_, i) => records[i] !== undefined)
        if (learnt.length > 0)
          await tell(
            learnt,
            records.flatMap((record) => record ?? []),
          )
      } catch (error) {
        if (!isAway(error) && !signal.aborted) throw error
      }
    }),
  )
}

async function tellHolders(
  news: readonly NewKeep[],
  known: readonly number[],
  holders: readonly ReadonlyMap<PeerId, number>[],
  tally: KeepTally,
  deps: KeepDeps,
  signal: AbortSignal,
): Promise<void> {
  const { ask, fleet, log } = deps
  const byPeer = new Map<PeerId, number[]>()
  for (const at of known) for (const peer of holders[at]?.keys() ?? []) byPeer.set(peer, [...(byPeer.get(peer) ?? []), at])
  await Promise.all(
    [...byPeer].map(async ([peer, at]) => {
      const standing = fleet.standing(peer)
      if (!standing || standing.state === 'lost') return
      const keeps = at.flatMap((one) => news[one]?.document ?? [])
      try {
        const { retained } = await ask(standing.address, retain, { keeps }, { signal, timeoutMs: TRACKER_LIMITS.providerAskMs })
        for (const [i, one] of at.entries()) if (retained[i] === true) tally.holder(one, peer)
      } catch (error) {
        // it asks by itself when it is back
        if (!signal.aborted) log.info('a holder was not told of a keep', { peer, error })
      }
    }),
  )
}
