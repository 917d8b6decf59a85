/**
 * What the audits of this tracker say in its status. Reads, never changes.
 *
 * @module
 */
import { beaconRoundAt, meanDrawIntervalMs } from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import { hexOf } from '@lunarx/core/model'
import { NEWEST_TRANSCRIPTS, type AuditStatus, type TranscriptHead } from '@lunarx/wire'
import type { Audits } from './audits.ts'
import type { KeptTranscript } from './transcripts.ts'

export const headOf = ({ id, provider, verdict, keptMs }: KeptTranscript): TranscriptHead => ({ id: hexOf(id), provider, verdict, keptMs })

export function auditStatus(
  { promise, beacon, cases, coverage, orders, rowAuditor, standings, transcripts, sweeper }: Audits,
  providers: readonly PeerId[],
  clock: Clock,
): AuditStatus {
  const { lostFraction, probability, withinMs, sweepMs } = promise
  const round = beaconRoundAt(clock.now())
  const kept = transcripts.list()
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
    providers: providers.map((peer) => {
      const { state, reason, sinceMs } = standings.of(peer)
      const order = orders.of(peer)
      return {
        peer,
        standing: { state, reason, sinceMs: Math.floor(sinceMs), score: standings.scoreOf(peer) },
        maintenance: standings.isInMaintenance(peer),
        draws: { ...coverage.countsOf(peer) },
        provedLately: coverage.provedLately(peer),
        rows: rowAuditor.countsOf(peer),
        ...(order ? { order } : {}),
      }
    }),
  }
}
