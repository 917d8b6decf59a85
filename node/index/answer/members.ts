/**
 * What members ask each other: what of my partitions have you, and what of this one do I lack.
 *
 * Only members of the newest epoch are answered, and only about partitions that are placed with them.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { digestRows, handover, pullRows, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import type { EpochKeeper, Standing } from '../epochs/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import { cursorOf, headKey, withinBudget, type PartitionSummary } from '../table/index.ts'
import type { AnswerDeps } from './clients.ts'

export interface MemberDeps extends AnswerDeps {
  readonly epochs: EpochKeeper
  readonly self: PeerId
}

export function answerMembers(peers: Peers, deps: MemberDeps): void {
  peers.answer(handover, async ({ epoch, after }, { session }) => {
    const standing = deps.gate.require(epoch)
    if (!deps.epochs.hadMerged || !standing.previous?.members.some(({ peer }) => peer === deps.self))
      throw new LunarError('NOT_ENOUGH_REPLICAS', 'this member has not merged the epoch before', { detail: { epoch } })
    return summaries(after, deps, (partition) => deps.gate.isMember(partition, session.peer, standing))
  })
  peers.answer(digestRows, async ({ epoch, after }, { session }) => {
    const standing = deps.gate.require(epoch)
    const isShared = (partition: Uint8Array) => [session.peer, deps.self].every((peer) => deps.gate.isMember(partition, peer, standing))
    return summaries(after, deps, isShared)
  })
  peers.answer(pullRows, (question, { session }) => pull(question, session.peer, deps.gate.require(question.epoch), deps))
}

/** One page of the partitions that the asker may know of; pages are cut by partitions looked at, so they may be short. */
async function summaries(
  after: Uint8Array | null,
  { table }: AnswerDeps,
  isWanted: (partition: Uint8Array) => boolean,
): Promise<AnswerOf<typeof digestRows>> {
  const page: PartitionSummary[] = await table.partitions(after, ROW_LIMITS.pagePartitions)
  const next = page.length === ROW_LIMITS.pagePartitions ? (page.at(-1)?.partition ?? null) : null
  return { partitions: page.filter(({ partition }) => isWanted(partition)), next }
}

async function pull(
  question: QuestionOf<typeof pullRows>,
  asker: PeerId,
  standing: Standing,
  { table, gate }: AnswerDeps,
): Promise<AnswerOf<typeof pullRows>> {
  const { partition, after, until, have } = question
  if (!gate.isMember(partition, asker, standing)) throw new LunarError('UNAUTHORIZED', 'the partition is not placed with the asker')
  const known = new Set(have.map(hexOf))
  const limit = ROW_LIMITS.pulledHeads
  const heads = await table.page(partition, after, until, limit)
  const lacking = heads.filter(({ id }) => !known.has(hexOf(id)))
  const sent = withinBudget(lacking.slice(0, ROW_LIMITS.answerCommits), ROW_LIMITS.answerBytes)
  const isAll = sent.length === lacking.length && heads.length < limit
  const last = sent.length < lacking.length ? sent.at(-1) : heads.at(-1)
  return { heads: await table.valued(partition, sent), next: isAll || !last ? null : cursorOf(headKey(partition, last.row, last.id)) }
}
