/**
 * How long silence is borne, and from how many sides it must have been met. Milliseconds.
 *
 * @module
 */
const MINUTE_MS = 60_000

export const SILENCE = {
  /** A contained shard is asked again when it was not asked for this long. */
  askAgainMs: 10 * MINUTE_MS,
  /** Silent this long after containment, while heartbeats come: it counts as missing. The last question is asked after that time. */
  missingAfterMs: 60 * MINUTE_MS,
  /** Verifiers of so many domains must have met with silence. With fewer domains of verifiers nothing is ever written off for silence. */
  domains: 2,
} as const
