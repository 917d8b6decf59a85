/**
 * Times, counts and sizes that bound a provider. Milliseconds and bytes as named.
 *
 * @module
 */
import { LIMITS } from '@lunarx/core/model'

export const PROVIDER_LIMITS = {
  /** The largest shard that is held. */
  shardBytes: LIMITS.segmentInFlightBytes,
  /** Live reservations; the next one gets TOO_MANY_REQUESTS. */
  reservations: 10_000,
  /** Of these, for one client, and for one owner. */
  peerReservations: 1_000,
  ownerReservations: 2_000,
  /** One of them may always have as much reserved, however small the provider. */
  quotaLeastBytes: 1024 * 1024 * 1024,
  /** A reservation lasts this long at most, whatever the tracker asks for. */
  reservationMs: 24 * 3_600_000,
  /** While the provider is being drained, a reservation that nobody has used for so long is given up. */
  drainIdleMs: 2 * 60_000,
  /** Pause between looks for expired reservations, and at the room of the volume. */
  expiryPauseMs: 5_000,
  /** Room kept on the volume for the day when it is full; on a small one a 128th of it. */
  ballastBytes: 16 * 1024 * 1024,
  /** Between two looks at how large the provider may be: the claim or the configuration may have grown. */
  claimPauseMs: 10_000,
  /** Bytes of an upload between two syncs: what a crash costs at most. */
  checkpointBytes: 8 * 1024 * 1024,
  /** One chunk read from or written to a shard. */
  chunkBytes: 1024 * 1024,
  /** One read from a bucket or HDFS, and transfers at a time that may hold so much; further ones read in chunks. */
  remotePieceBytes: 4 * 1024 * 1024,
  largePieces: 16,
  /** Of a read of no more than this the bytes are there before its answer goes out. */
  readAheadBytes: 64 * 1024,
  /** Changes of the inventory that are remembered; with a tracker that missed more everything is compared. */
  rememberedChanges: 50_000,
  comparison: {
    /** Shards in a range of the inventory that is compared by its digest, and in the parts of one that differs. */
    rangeShards: 4_096,
    partShards: 256,
    /** Ranges in one question: what a tracker hashes at once. */
    rangesAsked: 32,
    /** Shards listed in one message: what a tracker's store takes in a moment. */
    listedShards: 1_024,
  },
  /** Everything is compared with every tracker once in this time, though nothing is known to differ. */
  comparePauseMs: 6 * 3_600_000,
  /** Records sent to a tracker at once, which verifies each, and their bytes. */
  taughtRecords: 160,
  taughtBytes: 2 * 1024 * 1024,
  /** Entries read from the index at a time. */
  scannedEntries: 4_096,
  /** For uploads and reads under way to end when the provider stops, unless something else is stated. */
  drainMs: 10_000,
  /** Every shard is read again in this time, at least this fast, in at most this share of the time. Defaults. */
  scrubPeriodMs: 14 * 86_400_000,
  scrubBytesPerSecond: 1024 * 1024,
  scrubMaxShare: 0.25,
  /** A pass begins when this share of the period has passed since the last one began, however little there is to read. */
  scrubRestShare: 1 / 14,
  /** Between two looks whether transfers have ended that a pass makes way for. */
  scrubYieldMs: 1_000,
  /** Between two notes of how far a pass has come. */
  scrubNoteMs: 30_000,
  /** A pass that the store did not answer goes on after this. */
  scrubRetryMs: 60_000,
  /** Shards that are waiting to be read out of turn. */
  suspects: 64,
  /** After so many damaged shards without a sound one between, the store is at fault rather than they: nothing is dropped for a while. */
  damagedInARow: 16,
  damagedPauseMs: 3_600_000,
  /** Files that are looked at side by side when index and files differ. */
  checkedAtOnce: 16,
  /** Share of the time that counting and checking after a crash may take beside serving. */
  checkShare: 0.5,
  /** Pages of entries that are counted before the provider serves: some 100,000 shards. */
  countedPages: 25,
  /** Pause between looks at sets that nobody has kept; the trackers are asked about those that are as old as this, so many at a time. */
  leasePauseMs: 5 * 60_000,
  leaseAskMs: 5 * 60_000,
  leasesAsked: 1_000,
  /** Owners' leases that are remembered for trackers; owners whose leases are over that are known at a time. */
  heldLeases: 20_000,
  lapsedOwners: 20_000,
  /** Pause between looks at what those have kept here; when there was nothing. */
  lapsedPauseMs: 30 * 60_000,
  noneLapsedPauseMs: 6 * 3_600_000,
  announce: {
    /** Sets that are remembered for announcing; the oldest give way. */
    sets: 1_000,
    /** An announcement is kept by others for a day; it is made again when half of it is over. */
    renewMs: 12 * 3_600_000,
  },
  prove: {
    /** Leaves read side by side for verifiers, and questions that may wait; of sweeps one goes on at a time. */
    leavesAtOnce: 8,
    leavesQueued: 64,
    sweepsQueued: 8,
    /** Of one tracker: 20 times what finds 0.01 % of loss in a day; a sweep that is bisected takes 24 for every wrong shard. */
    leavesPerMinute: 600,
    sweepsPerMinute: 240,
    /**
     * The same for outside verifiers: of one of them twice all draws of a provider that find 0.01 % of loss in a day; and orders that are
     * remembered until they expire, nine times what these draws are in a quarter of an hour.
     */
    outsideAtOnce: 2,
    outsideQueued: 16,
    outsidePerMinute: 60,
    orders: 4_096,
    /** Askers that are counted apart. */
    askers: 1_000,
  },
  /** Shards that a sweep reads side by side. */
  sweptAtOnce: 16,
  /** For one page of the inventory or of records. */
  reportMs: 20_000,
} as const
