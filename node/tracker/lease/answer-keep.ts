/**
 * keep: verify the owner's keeps → find sets and holders → durable here → with the other owners and the holders, side by side → answer,
 * set by set, as soon as a majority of the owners and k + 1 holders have each (k, where no more hold it).
 *
 * What is slower than that goes on by itself: holders ask for what they missed (`leases`), owners compare (`compare-keeps`).
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import type { Asked } from '@lunarx/net/peers'
import type { AnswerOf, keep, QuestionOf } from '@lunarx/wire'
import { openRecord } from '../map/index.ts'
import { checkOwner, findSubjects, type SubjectDeps } from './keep-subjects.ts'
import { openKeep, type NewKeep } from './keeps.ts'
import { KeepTally } from './keep-tally.ts'
import { takeKeeps } from './take-keeps.ts'
import { tellHolders, tellOwners } from './tell-keeps.ts'

export type KeepDeps = SubjectDeps

type Outcome = AnswerOf<typeof keep>['outcomes'][number]

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK; UNAUTHORIZED for another owner's set */
export async function answerKeep(
  { keeps, records }: QuestionOf<typeof keep>,
  { session, signal }: Pick<Asked, 'session' | 'signal'>,
  deps: KeepDeps,
): Promise<AnswerOf<typeof keep>> {
  const news = keeps.map((document) => openKeep(document, deps))
  if (session.credential.role !== 'tracker') return { outcomes: await keepEverywhere(news, deps, signal) }
  const known = deps.map.records
  if (records.length > 0)
    await known.learn(
      records.map((document) => openRecord(document, deps)),
      { isCommitted: true },
    )
  for (const { segment, owner } of news) checkOwner(segment, owner, known.get(hexOf(segment))?.owner)
  return { outcomes: await keepHere(news, deps) }
}

async function keepHere(news: readonly NewKeep[], deps: KeepDeps): Promise<Outcome[]> {
  const taken = await takeKeeps(news, deps, true)
  return news.map((one): Outcome => {
    if (deps.map.records.isBuriedBy(hexOf(one.segment), one.owner)) return 'buried'
    if (deps.ownerLeases.isOver(one.owner)) return 'over'
    return taken.includes(one) ? 'kept' : 'unknown'
  })
}

async function keepEverywhere(news: readonly NewKeep[], deps: KeepDeps, signal: AbortSignal): Promise<Outcome[]> {
  const subjects = await findSubjects(news, deps, signal)
  const here = await keepHere(news, deps)
  const tally = new KeepTally(
    subjects.map(({ keep: { segment }, required, holders }) => ({ owners: deps.ring.owners(segment).length, required, holders })),
  )
  for (const [at, { segment }] of news.entries()) tally.owner(at, here[at] ?? 'unknown', deps.ring.isOwner(segment))
  // whose a set is that nobody knows, nobody can say
  const sets = subjects.map((subject, at) => ({ at, subject })).filter(({ at, subject }) => subject.required > 0 && here[at] !== 'buried')
  const telling = [tellOwners(sets, tally, deps, signal), tellHolders(sets, tally, deps, signal)]
  await Promise.race([Promise.all(telling), tally.isDecided])
  return tally.outcomes
}
