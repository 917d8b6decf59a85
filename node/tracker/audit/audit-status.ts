/**
 * What the audits of this tracker say in its status. Reads, never changes.
 *
 * @module
 */
import { beaconRoundAt, meanDrawIntervalMs } from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import type { AuditStatus } from '@lunarx/wire'
import type { Audits } from './audits.ts'

export function auditStatus(
  { promise, beacon, cases, coverage, standings, transcripts, sweeper }: Audits,
  providers: readonly PeerId[],
  clock: Clock,
): AuditStatus {
  const { lostFraction, probability, withinMs, sweepMs } = promise
  const round = beaconRoundAt(clock.now())
  return {
    beaconRound: beacon.valueOf(round) ? round : null,
    promise: { lostFraction, probability, withinMs, sweepMs },
    promisedDraws: withinMs / meanDrawIntervalMs(promise),
    contained: cases.count('contained'),
    silent: cases.count('missing'),
    sweep: sweeper.status,
    transcripts: transcripts.list().length,
    providers: providers.map((peer) => {
      const { state, reason, sinceMs } = standings.of(peer)
      return {
        peer,
        standing: { state, reason, sinceMs: Math.floor(sinceMs), score: standings.scoreOf(peer) },
        maintenance: standings.isInMaintenance(peer),
        draws: { ...coverage.countsOf(peer) },
        provedLately: coverage.provedLately(peer),
      }
    }),
  }
}
