/**
 * What others may ask of a tracker's audits of rows: to judge again, to take a verdict.
 *
 * @module
 */
import type { Peers } from '@lunarx/net/peers'
import { recheckRow, tellRow } from '@lunarx/wire'
import type { RowSettler } from './settle-rows.ts'

export function answerRows(peers: Peers, settler: RowSettler): void {
  peers.answer(recheckRow, async ({ transcript }) => ({ verdict: settler.recheckForOther(transcript) }))
  peers.answer(tellRow, async ({ transcript }) => ({ taken: await settler.settle(transcript) }))
}
