/**
 * What the audits of this tracker say in its status. Reads, never changes.
 *
 * @module
 */
import { meanDrawIntervalMs } from '@lunarx/core/audit'
import type { PeerId } from '@lunarx/core/membership'
import type { AuditStatus } from '@lunarx/wire'
import type { Audits } from './audits.ts'

export function auditStatus(
  { promise, cases, coverage, standings, transcripts, sweeper }: Audits,
  providers: readonly PeerId[],
): AuditStatus {
  const { lostFraction, probability, withinMs, sweepMs } = promise
  return {
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
