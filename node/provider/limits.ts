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
  /** A reservation lasts this long at most, whatever the tracker asks for. */
  reservationMs: 24 * 3_600_000,
  /** Pause between looks for expired reservations. */
  expiryPauseMs: 5_000,
  /** Bytes of an upload between two syncs: what a crash costs at most. */
  checkpointBytes: 8 * 1024 * 1024,
  /** One chunk read from or written to a shard. */
  chunkBytes: 1024 * 1024,
  /** Changes of the inventory that are remembered; a tracker that missed more gets a full report. */
  rememberedChanges: 50_000,
  /** Shards in one page of the inventory. */
  inventoryShards: 4_000,
  /** Records sent to a tracker at once, and their bytes. */
  taughtRecords: 500,
  taughtBytes: 2 * 1024 * 1024,
  /** Entries read from the index at a time. */
  scannedEntries: 4_096,
  /** For one page of the inventory or of records. */
  reportMs: 20_000,
} as const
