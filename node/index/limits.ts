/**
 * Times, counts and sizes that bound the row store. Milliseconds and bytes as named.
 *
 * @module
 */
export const ROW_LIMITS = {
  /** Commits in one answer, and their bytes: below the head of a data exchange with one more commit of the largest size. */
  answerCommits: 1024,
  answerBytes: 2.5 * 1024 * 1024,
  /** Partitions in one page. */
  pagePartitions: 1024,
  /** Heads that one pull names. */
  pulledHeads: 2048,
  /** Pages of one partition or of one member's partitions; more than that goes on in the next round. */
  pages: 10_000,
  /** Questions that wait to be merged; the next one gets TOO_MANY_REQUESTS. */
  waitingMerges: 1024,
  /** Commits that one commit of the store takes together, and their bytes. */
  mergedTogether: 512,
  mergedTogetherBytes: 8 * 1024 * 1024,
  /** How long a write waits for its new epoch to come into force. */
  forceWaitMs: 5_000,
  forceLookMs: 50,
  /** Pause between tries to take over from members of the epoch before. */
  takeOverPauseMs: 1_000,
  takeOverAtOnce: 4,
  /** Members of two epochs. */
  members: 20_000,
  /** Pause between comparisons with co-members, and how many of them each time. */
  comparePauseMs: 10_000,
  comparedMembers: 3,
  /** For one question to another member. */
  askMs: 5_000,
  /** Pause between tries to fetch a newer epoch. */
  fetchPauseMs: 500,
  /** Roots that this member has signed and can be asked under; the oldest goes. Each keeps the commits of 256 heads at most. */
  openRoots: 64,
  /** Audits answered side by side, and those that wait. */
  provedAtOnce: 4,
  provedWaiting: 32,
  /** Partitions that are looked at for one that is placed here, from the drawn one on. */
  drawnPartitions: 64,
  /** Rows that are fetched again because an audit found them missing, at a time. */
  refetchedRows: 64,
  /** Partitions whose members are remembered. */
  rememberedPartitions: 10_000,
} as const
