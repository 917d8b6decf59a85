/**
 * What the audits of this tracker say in its status. Reads, never changes.
 *
 * @module
 */
import { beaconRoundAt, meanDrawIntervalMs } from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import { hexOf } from '@lunarx/core/model'
import { NEWEST_TRANSCRIPTS, type AuditStatus, type ConvictionHead, type ConvictionStatus, type TranscriptHead } from '@lunarx/wire'
import type { Audits } from './audits.ts'
import type { Convictions, KeptConviction } from './convictions/index.ts'
import type { KeptTranscript } from './transcripts.ts'

export const headOf = ({ id, provider, verdict, keptMs }: KeptTranscript): TranscriptHead => ({ id: hexOf(id), provider, verdict, keptMs })

export const convictionHeadOf = ({ id, cause, tracker, slot, segment, keptMs }: KeptConviction): ConvictionHead => ({
  id: hexOf(id),
  cause,
  tracker,
  slot,
  segment: segment && hexOf(segment),
  keptMs,
})

function convictionStatus({ kept, tally: { trackers, owners } }: Convictions): ConvictionStatus {
  return {
    kept: kept.size,
    trackers: trackers.map((one) => ({ ...one })),
    owners: owners.map(({ owner, convicted }) => ({ owner: hexOf(owner), convicted })),
    newest: kept.list().slice(0, NEWEST_TRANSCRIPTS).map(convictionHeadOf),
  }
}

export function auditStatus(
  { promise, beacon, cases, convictions, coverage, orders, outsiders, rowAuditor, standings, transcripts, sweeper }: Audits,
  providers: readonly PeerId[],
  clock: Clock,
): AuditStatus {
  const { lostFraction, probability, withinMs, sweepMs } = promise
  const round = beaconRoundAt(clock.now())
  const kept = transcripts.list()
  const outside = outsiders.counts.map(({ outsider: { peer, name, domain }, isSilent, counts: leaves }) => {
    return { peer, name, domain, isSilent, leaves }
  })
  return {
    beaconRound: beacon.valueOf(round) ? round : null,
    promise: { lostFraction, probability, withinMs, sweepMs },
    promisedDraws: withinMs / meanDrawIntervalMs(promise),
    contained: cases.count('contained'),
    silent: cases.count('missing'),
    sweep: sweeper.status,
    transcripts: kept.length,
    newest: kept
      .filter(({ verdict }) => verdict !== 'proved')
      .slice(0, NEWEST_TRANSCRIPTS)
      .map(headOf),
    convictions: convictionStatus(convictions),
    ...(outside.length > 0 ? { outside } : {}),
    providers: providers.map((peer) => {
      const { state, reason, sinceMs } = standings.of(peer)
      const order = orders.of(peer)
      const withheld = outsiders.withheldBy(peer)
      const { lacking, ...rows } = rowAuditor.countsOf(peer)
      return {
        peer,
        standing: { state, reason, sinceMs: Math.floor(sinceMs), score: standings.scoreOf(peer) },
        maintenance: standings.isInMaintenance(peer),
        maintenanceLeftMs: standings.maintenanceLeftMs(peer),
        draws: { ...coverage.countsOf(peer) },
        provedLately: coverage.provedLately(peer),
        rows: { ...rows, ...(lacking ? { lacking } : {}) },
        ...(order ? { order } : {}),
        ...(withheld > 0 ? { withheld } : {}),
      }
    }),
  }
}
