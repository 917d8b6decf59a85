/**
 * A provider whose rows stay missing: when it is held to lack rows, and when no longer.
 *
 *   clear ──a row missing (row-replica.ts), which enough others show──► lacking ──proves what it lacked, for long enough──► over
 *                                                                          ▲  │ lacks again: it begins anew                  │
 *                                                                          └──┴──◄── lacks rows again: twice as long ────────┘
 *
 * It is no guilt: standing does not change. What follows is that the provider is left out of row membership once a majority of trackers
 * say so, and may come back: `planEpoch`. Each time it has to prove for twice as long, so that it does not go in and out.
 *
 * @module
 */
const HOUR_MS = 3_600_000

export const LACKING = {
  /** A replica has said so often "I have not got it" of one row before that is missing, an hour (SILENCE.missingAfterMs) apart at least. */
  answers: 3,
  /** It proves what it lacked for so long, lacking nothing meanwhile; doubled each time that it lacks rows again, up to the second. */
  provingMs: 3 * HOUR_MS,
  maxProvingMs: 7 * 24 * HOUR_MS,
  /** Between two proofs no more than this counts: whoever is silent proves nothing. */
  proofCountsMs: 20 * 60_000,
  /** Former times are forgotten so long after the last one was over. */
  forgetMs: 30 * 24 * HOUR_MS,
} as const

/** Times since 1970, milliseconds. */
export interface Lacking {
  readonly sinceMs: number
  /** Which time it is that the provider lacks rows, 1 for the first. */
  readonly times: number
  /** It has proved what it lacked for so long. */
  readonly provedForMs: number
  /** Null: it lacks rows. */
  readonly overMs: number | null
}

/**
 * Other members that must show a row before it counts that one lacks it. More than can be dishonest at once (d): an author who writes a
 * row to one member alone, which keeps it from the others, moves nobody. Two at least: one against one proves nothing.
 */
export const witnessesNeeded = (survive: number): number => Math.max(2, survive + 1)

/** A row is missing, and enough others have shown it. */
export function foundLacking(before: Lacking | undefined, nowMs: number): Lacking {
  if (before?.overMs === null) return { ...before, provedForMs: 0 }
  const times = before && !isForgotten(before, nowMs) ? before.times + 1 : 1
  return { sinceMs: nowMs, times, provedForMs: 0, overMs: null }
}

/** How long it has to prove before it is over. */
export const provingMs = ({ times }: Pick<Lacking, 'times'>): number =>
  Math.min(LACKING.maxProvingMs, LACKING.provingMs * 2 ** Math.min(times - 1, 30))

/** It has proved all that shows its lacking, `forMs` after it did so before. */
export function provedAgain(lacking: Lacking, forMs: number, nowMs: number): Lacking {
  const provedForMs = lacking.provedForMs + Math.max(0, Math.min(forMs, LACKING.proofCountsMs))
  return { ...lacking, provedForMs, overMs: provedForMs >= provingMs(lacking) ? nowMs : null }
}

/** Nothing of it needs to be remembered. */
export const isForgotten = ({ overMs }: Lacking, nowMs: number): boolean => overMs !== null && nowMs - overMs >= LACKING.forgetMs
