/**
 * What others may ask of a tracker's audits: to judge again, to ask again, to take a verdict or proofs; that a verifier is there, and its part
 * in the beacon; and, for owners, leaves that a holder withholds.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Peers } from '@lunarx/net/peers'
import { Limit } from '@lunarx/runtime/tasks'
import {
  announceVerifier,
  askAgain,
  commitBeacon,
  followBeacon,
  readBeacon,
  readWithheld,
  recheck,
  submitAnswer,
  tellProofs,
  tellVerdict,
} from '@lunarx/wire'
import { TRACKER_LIMITS } from '../limits.ts'
import type { Audits } from './audits.ts'
import { askForOther } from './contain.ts'
import { recheckForOther } from './recheck.ts'
import { answerRows } from './rows/index.ts'
import { answerSweep } from './sweep/index.ts'

/** @param isKnown true for providers of the fleet */
export function answerAudit(
  peers: Peers,
  { asking, beacon, outsiders, questions, rowSettler, settler, standings, withheld, answeringSweep }: Audits,
  isKnown: (peer: PeerId) => boolean,
): void {
  const { drawsAtOnce, proofsTold } = TRACKER_LIMITS.audit
  const limit = new Limit({ concurrent: drawsAtOnce, queued: drawsAtOnce })
  peers.answer(recheck, async (question) => ({ verdict: recheckForOther(question, asking) }))
  peers.answer(askAgain, (question, { signal }) => limit.run(() => askForOther(question, asking, signal), signal))
  peers.answer(tellVerdict, async ({ transcripts }) => ({ taken: await settler.settle(transcripts) }))
  peers.answer(tellProofs, async ({ proofs: told }) => {
    for (const { provider, proofs } of told) if (isKnown(provider)) standings.proved(provider, Math.min(proofs, proofsTold))
    return {}
  })
  peers.answer(announceVerifier, async ({ address }, { session }) => {
    outsiders.hear(session, address)
    return { lapsesMs: outsiders.lapsesMs }
  })
  peers.answer(readBeacon, async (question, { session }) => beacon.answer(question, session.peer))
  peers.answer(commitBeacon, async (question, { session }) => beacon.commit(question, session.peer))
  peers.answer(followBeacon, async (question, { session }) => beacon.follow(question, session.peer))
  peers.answer(readWithheld, (question, asked) => withheld.answer(question, asked))
  answerSweep(peers, answeringSweep)
  answerRows(peers, rowSettler)
  peers.answer(submitAnswer, async ({ answer }, { session }) => ({ taken: questions.submit(session.peer, answer) }))
}
