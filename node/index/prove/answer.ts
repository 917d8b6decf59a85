/**
 * What trackers ask of the rows that this member holds.
 *
 * @module
 */
import type { Peers } from '@lunarx/net/peers'
import { Limit } from '@lunarx/runtime/tasks'
import { drawRows, proveRow } from '@lunarx/wire'
import { ROW_LIMITS } from '../limits.ts'
import type { RowProver } from './prover.ts'

export function answerRowAudits(peers: Peers, prover: RowProver): void {
  const limit = new Limit({ concurrent: ROW_LIMITS.provedAtOnce, queued: ROW_LIMITS.provedWaiting })
  peers.answer(drawRows, async ({ draw }, { session, signal }) => ({
    root: (await limit.run(() => prover.signRoot(draw, session.peer), signal)) ?? null,
  }))
  peers.answer(proveRow, async ({ challenge }, { session, signal }) => ({
    answer: await limit.run(() => prover.answer(challenge, session.peer), signal),
  }))
}
