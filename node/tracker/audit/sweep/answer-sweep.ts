/**
 * What owners and other trackers may ask of a tracker's sweep.
 *
 * @module
 */
import type { Peers } from '@lunarx/net/peers'
import type { Counter } from '@lunarx/runtime/metrics'
import { Limit } from '@lunarx/runtime/tasks'
import { askSweep, dealSlots, openTicket, readConvictions, slotsWanted, sweepRecords, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { Convictions } from '../convictions/index.ts'
import { answerSweepRecords, readRecords, type DueRecordsDeps } from './due-records.ts'
import type { SlotKeys } from './slot-keys.ts'
import { askForSlot, judgeOpened, type VerifyBatchDeps } from './verify-batch.ts'

export interface AnswerSweepDeps extends VerifyBatchDeps, DueRecordsDeps {
  readonly slotKeys: SlotKeys
  readonly convictions: Convictions
  /** Batches that were asked here for other trackers, by what their opened tickets said. */
  readonly opened: Counter
}

export function answerSweep(peers: Peers, deps: AnswerSweepDeps): void {
  const { sweepsAtOnce } = TRACKER_LIMITS.audit
  const limit = new Limit({ concurrent: sweepsAtOnce, queued: 4 * sweepsAtOnce })
  peers.answer(slotsWanted, (question, { signal }) => answerWanted(question, deps, signal))
  peers.answer(dealSlots, async ({ keys }) => ({ taken: await deps.slotKeys.take(keys) }))
  peers.answer(askSweep, (question, { session, signal }) => limit.run(() => askForSlot(question, session.peer, deps, signal), signal))
  peers.answer(sweepRecords, (question) => answerSweepRecords(question, deps))
  peers.answer(openTicket, async (question, { session }) => {
    const finding = judgeOpened(question, session.peer, deps)
    deps.opened.add(1, { finding })
    const { ticket, opening, challenge } = question
    if (finding === 'broken') await deps.convictions.settle({ ticket, opening, challenge, at: null, leaves: [] })
    return { finding }
  })
  peers.answer(readConvictions, (question) => deps.convictions.answer(question))
}

/** A tracker on a slot asks sets of owners of whom it owns none: then the set that is named shows that there are some. */
async function answerWanted(
  { owners, set }: QuestionOf<typeof slotsWanted>,
  deps: AnswerSweepDeps,
  signal: AbortSignal,
): Promise<AnswerOf<typeof slotsWanted>> {
  const { slotKeys } = deps
  if (set && slotKeys.slots.length > 0 && !owners.every((owner) => slotKeys.isKnown(owner))) {
    const { sets } = await readRecords([set], deps, signal)
    for (const { record } of sets) slotKeys.show(record.owner)
  }
  return { wanted: slotKeys.wanted(owners) }
}
