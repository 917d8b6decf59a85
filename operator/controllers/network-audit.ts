/**
 * What audits have found in a network, for its status. Pure. Figures are rounded, and written when they have moved.
 *
 * @module
 */
import type { LunarNetworkStatus } from '../api/index.ts'
import type { FleetAudits } from '../healing/index.ts'
import { roundCount } from './quantity.ts'

type Audited = Pick<LunarNetworkStatus, 'audit' | 'transcripts'>

/**
 * Where trackers are away, sums would say too little: then it stays as it was. No transcript is dated later than now, whatever the clock of
 * the tracker says that keeps it.
 * @param audits undefined: nothing is audited
 */
export function networkAudit(audits: FleetAudits | undefined, before: Audited | undefined, nowMs: number): Audited {
  if (audits === undefined) return {}
  if (!audits.isWhole)
    return {
      ...(before?.audit === undefined ? {} : { audit: before.audit }),
      ...(before?.transcripts === undefined ? {} : { transcripts: before.transcripts }),
    }
  const { providers, coveredPercent, sweptPercent, contained, missing, verdicts, verifiers, convictions, newest } = audits
  return {
    audit: {
      providers: providers.size,
      coveredPercent,
      sweptPercent,
      contained: roundCount(contained),
      missing: roundCount(missing),
      proved: roundCount(verdicts.proved),
      disproved: roundCount(verdicts.disproved),
      lost: roundCount(verdicts.lost),
      silent: roundCount(verdicts.silent),
      ...(verifiers.known > 0 ? { verifiers: verifiers.known, verifiersSilent: verifiers.silent } : {}),
      ...(convictions > 0 ? { convictions } : {}),
    },
    ...(newest.length === 0
      ? {}
      : {
          transcripts: newest.map(({ id, provider, verdict, keptMs }) => ({
            id,
            peer: provider,
            verdict,
            time: new Date(Math.min(keptMs, nowMs)).toISOString(),
          })),
        }),
  }
}
