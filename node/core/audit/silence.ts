/**
 * How long silence is borne, and from how many sides it must have been met. Milliseconds.
 *
 * Two measures, since a provider chooses when its heartbeats pause. The hour begins anew with every gap: a restart or a cut is no reason to
 * rebuild. What it was silent in all does not: it grows only while questions are asked, which is while heartbeats come, and by no more than
 * twice the usual pause from one to the next, so that being away counts for nothing. A day of it is as long as an operator may declare
 * maintenance for, and 72 questions or more without one answer, over the provider's own heartbeats too.
 *
 * @module
 */
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

export const SILENCE = {
  /** A contained shard is asked again when it was not asked for this long. */
  askAgainMs: 10 * MINUTE_MS,
  /** Silent this long after containment, while heartbeats come: it counts as missing. The last question is asked after that time. */
  missingAfterMs: HOUR_MS,
  /** Silent so long in all, whatever the gaps in its heartbeats: it counts as missing. */
  inAllMs: 24 * HOUR_MS,
  /** From one question to the next no more than this counts as silent. */
  countsMs: 20 * MINUTE_MS,
  /** Who did not ask sees that much of it signed by the verifiers of each domain: less than all, since the second one is asked later. */
  signedMs: 23 * HOUR_MS,
  /** Verifiers of so many domains must have met with silence. With fewer domains of verifiers nothing is ever written off for silence. */
  domains: 2,
} as const

/** How long it was silent in all, with one more question that met with silence. @param silentMs up to the question before */
export const silentInAll = (silentMs: number, lastAskedMs: number, nowMs: number): number =>
  silentMs + Math.max(0, Math.min(nowMs - lastAskedMs, SILENCE.countsMs))

/** A verifier of this domain met with silence. */
export interface MetSilence {
  readonly domain: string
  /** By the clocks of that domain's verifiers. */
  readonly askedMs: number
}

/** True if verifiers of enough domains have each met with it early and late: then nobody's heartbeats are looked at. */
export function isSilentThroughout(met: readonly MetSilence[]): boolean {
  const lasting = [...new Set(met.map(({ domain }) => domain))].filter((domain) => {
    const times = met.flatMap((one) => (one.domain === domain ? [one.askedMs] : []))
    return Math.max(...times) - Math.min(...times) >= SILENCE.signedMs
  })
  return lasting.length >= SILENCE.domains
}
