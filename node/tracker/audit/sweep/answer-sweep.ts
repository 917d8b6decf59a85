/**
 * What owners and other trackers may ask of a tracker's sweep.
 *
 * @module
 */
import type { Peers } from '@lunarx/net/peers'
import type { Counter } from '@lunarx/runtime/metrics'
import { Limit } from '@lunarx/runtime/tasks'
import { askSweep, dealSlots, openTicket, readConvictions, slotsWanted } from '@lunarx/wire'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { Convictions } from '../convictions/index.ts'
import type { SlotKeys } from './slot-keys.ts'
import { askForSlot, judgeOpened, type VerifyBatchDeps } from './verify-batch.ts'

export interface AnswerSweepDeps extends VerifyBatchDeps {
  readonly slotKeys: SlotKeys
  readonly convictions: Convictions
  /** Batches that were asked here for other trackers, by what their opened tickets said. */
  readonly opened: Counter
}

export function answerSweep(peers: Peers, deps: AnswerSweepDeps): void {
  const { sweepsAtOnce } = TRACKER_LIMITS.audit
  const limit = new Limit({ concurrent: sweepsAtOnce, queued: 4 * sweepsAtOnce })
  peers.answer(slotsWanted, async ({ owners }) => ({ wanted: deps.slotKeys.wanted(owners) }))
  peers.answer(dealSlots, async ({ keys }) => ({ taken: await deps.slotKeys.take(keys) }))
  peers.answer(askSweep, (question, { session, signal }) => limit.run(() => askForSlot(question, session.peer, deps, signal), signal))
  peers.answer(openTicket, async (question, { session }) => {
    const finding = judgeOpened(question, session.peer, deps)
    deps.opened.add(1, { finding })
    const { ticket, opening, challenge } = question
    if (finding === 'broken') await deps.convictions.settle({ ticket, opening, challenge, at: null, leaves: [] })
    return { finding }
  })
  peers.answer(readConvictions, (question) => deps.convictions.answer(question))
}
