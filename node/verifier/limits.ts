/**
 * Times and counts that bound what a verifier does. Milliseconds unless the name says otherwise.
 *
 * @module
 */
export const VERIFIER_LIMITS = {
  /** For a provider's answer: less than a tracker waits for the verifier's. */
  answerMs: 25_000,
  /** Leaves asked side by side, and orders that may wait; the next one gets TOO_MANY_REQUESTS, and the tracker asks itself. */
  leavesAtOnce: 16,
  leavesQueued: 32,
  /** Orders and questions to judge again, of one tracker in a minute: a tracker of 10,000 providers draws 3,200 in that time. */
  perMinute: 4_000,
  /** Askers that are counted apart. */
  askers: 1_000,
  /** For a tracker's answer: to an announcement, about the beacon. */
  trackerMs: 10_000,
  /** Pause between two looks at what the beacon asks of this verifier: as trackers look. */
  beaconMs: 60_000,
  /** Pause after one that no tracker took, doubled up to the second; and bounds of the pause that a tracker states. */
  retryMs: 5_000,
  maxPauseMs: 300_000,
  minPauseMs: 1_000,
} as const
