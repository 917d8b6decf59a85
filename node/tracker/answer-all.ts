/**
 * Every exchange that a tracker answers, and who answers it.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'
import { ringName } from '@lunarx/core/placement'
import type { Asked, Peers } from '@lunarx/net/peers'
import {
  announceEpoch,
  bury,
  commit,
  compareInventory,
  compareKeeps,
  compareLeases,
  compareLeavesOnly,
  compareMap,
  findOutside,
  heartbeat,
  inventory,
  keep,
  leases,
  leavesOnly,
  listKept,
  locate,
  readEpochs,
  readLease,
  renewLease,
  reportDamage,
  reserve,
  teach,
  teachKeeps,
  teachLeases,
  views,
} from '@lunarx/wire'
import { answerAudit, answerCompareOrders, answerLeavesOnly, type Audits, type OrderDeps } from './audit/index.ts'
import type { TrackerConfig } from './config.ts'
import { fetchEpochs, takeEpoch, type SpreadDeps } from './epochs/index.ts'
import {
  answerCompareLeases,
  answerReadLease,
  answerRenew,
  answerTeachLeases,
  type KeepExpiryDeps,
  type RenewDeps,
} from './expiry/index.ts'
import {
  answerCompareKeeps,
  answerKeep,
  answerLeases,
  answerListKept,
  answerTeachKeeps,
  type AnswerLeasesDeps,
  type CompareKeepsDeps,
  type KeepDeps,
  type LeaseEnds,
  type ListingDeps,
  type LivedClock,
} from './lease/index.ts'
import type { LocateDeps } from './locate/index.ts'
import { answerLocate } from './locate/index.ts'
import { answerCompare, answerCompareInventory, answerInventory, answerTeach, type CompareDeps } from './map/index.ts'
import { answerBury, answerCommit, answerReserve, type ReserveDeps } from './place/index.ts'
import type { ReportCheck } from './repair/index.ts'
import { assertMember } from './ring/index.ts'

export interface AnswerDeps
  extends
    ReserveDeps,
    CompareDeps,
    LocateDeps,
    SpreadDeps,
    KeepDeps,
    AnswerLeasesDeps,
    ListingDeps,
    CompareKeepsDeps,
    RenewDeps,
    OrderDeps,
    Omit<KeepExpiryDeps, 'ring'> {
  readonly ends: LeaseEnds
  readonly lived: LivedClock
  readonly reports: ReportCheck
  readonly audits: Audits | undefined
  readonly outside: NonNullable<TrackerConfig['outside']>
}

export function answerAll(peers: Peers, deps: AnswerDeps): void {
  const { map, fleet, ring, epochs } = deps
  const behind = fetchWhenBehind(deps)
  const trackerOf = (peer: PeerId): PeerAddress | undefined => ring.others.find((tracker) => ring.peerAt(tracker) === peer)

  peers.answer(heartbeat, async (beat, { session }) => {
    const inventorySequence = map.statements.sequenceOf(session.peer, beat.incarnation)
    await fleet.hear(session, beat, inventorySequence)
    if (beat.epoch > epochs.number) behind({ ...beat.address, peer: session.peer })
    return {
      epoch: epochs.number,
      inventorySequence,
      drain: fleet.drainOrder(session.peer),
      challenges: deps.audits?.questions.for(session.peer) ?? [],
    }
  })
  peers.answer(compareInventory, async (question, asked) => answerCompareInventory(question, asked, deps))
  peers.answer(inventory, (page, asked) => answerInventory(page, asked, deps))
  peers.answer(teach, (lesson, asked) => answerTeach(lesson, asked, deps))
  peers.answer(reserve, (question, asked) => answerReserve(question, asked, deps))
  peers.answer(commit, (question, asked) => answerCommit(question, asked, deps))
  peers.answer(bury, async (question, asked) => answerBury(question, asMember(asked, deps), deps))
  peers.answer(keep, async (question, asked) => answerKeep(question, asMember(asked, deps), deps))
  peers.answer(leases, (question, asked) => answerLeases(question, asked, deps))
  peers.answer(teachKeeps, (question, asked) => answerTeachKeeps(question, asked, deps))
  peers.answer(compareKeeps, (question, { session }) => answerCompareKeeps(question, deps, trackerOf(session.peer)))
  peers.answer(leavesOnly, async (question, asked) => answerLeavesOnly(question, asMember(asked, deps), deps))
  peers.answer(compareLeavesOnly, (question, { session }) => answerCompareOrders(question, deps, trackerOf(session.peer)))
  peers.answer(listKept, (question, asked) => answerListKept(question, asked, deps))
  peers.answer(renewLease, (question, asked) => answerRenew(question, asked, deps))
  peers.answer(readLease, (question, asked) => answerReadLease(question, asked, deps))
  peers.answer(teachLeases, (question) => answerTeachLeases(question, deps))
  peers.answer(compareLeases, (question, { session }) => answerCompareLeases(question, deps, trackerOf(session.peer)))
  peers.answer(locate, (question, { session, signal }) => answerLocate(question, session, deps, signal))
  peers.answer(findOutside, async ({ hosts }) => {
    const known = await deps.outside()
    return { at: hosts.map((host) => known.get(host) ?? null) }
  })
  if (deps.audits) answerAudit(peers, deps.audits, (peer) => fleet.standing(peer) !== undefined)
  peers.answer(reportDamage, (question, asked) => deps.reports.answer(question, asked))
  peers.answer(views, async ({ providers }, { session }) => {
    const asker = trackerOf(session.peer)
    if (asker) await fleet.learn(ringName(asker), providers)
    return { providers: fleet.views() }
  })
  peers.answer(compareMap, (question, { session }) => answerCompare(question, deps, trackerOf(session.peer)))
  peers.answer(readEpochs, async () => ({ epochs: epochs.documents }))
  peers.answer(announceEpoch, async ({ epoch }) => ({ number: await takeEpoch(epoch, deps) }))
}

/**
 * A tracker that does not know yet that this one was left out of the network must not count it among those that have a word of an
 * owner's. What clients ask is passed on, and counts where a majority of the owners has it.
 */
function asMember(asked: Asked, { ring }: Pick<AnswerDeps, 'ring'>): Asked {
  if (asked.session.credential.role === 'tracker') assertMember(ring)
  return asked
}

/** Fetches epochs from a peer that is ahead, one peer at a time. */
function fetchWhenBehind(spread: SpreadDeps): (from: PeerAddress) => void {
  let isFetching = false
  return (from) => {
    if (isFetching) return
    isFetching = true
    spread.run('fetch epochs', async (signal) => {
      try {
        await fetchEpochs(from, spread, signal)
      } finally {
        isFetching = false
      }
    })
  }
}
