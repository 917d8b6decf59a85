/**
 * Sizes and counts that bound every message and buffer. Bytes unless the name says otherwise.
 *
 * @module
 */
export const LIMITS = {
  /** A control message over libp2p. */
  controlMessageBytes: 32 * 1024,
  /** The CBOR head of a data-channel exchange. */
  dataHeadBytes: 4 * 1024 * 1024,
  /** One frame of the data channel. */
  dataFrameBytes: 1024 * 1024,
  /** A segment of plaintext. */
  segmentBytes: 64 * 1024 * 1024,
  /** Sealed segment times n/k: what one segment in flight may cost. */
  segmentInFlightBytes: 112 * 1024 * 1024,
  /** Backup copies of one set. */
  copies: 3,
  /**
   * Shards of a set, times its copies and itself, times the versions that its class keeps: 34 bytes name a shard and 400 the rest of a
   * set, and a row must hold one set of each version and copy.
   */
  copiedShards: 24_000,
  /** AEAD frame of plaintext. */
  frameBytes: 256 * 1024,
  /** One share: a shard's cell in one stripe. */
  shareBytes: 64 * 1024,
  /** Merkle leaf. */
  leafBytes: 16 * 1024,
  watermarkBytes: 16,
  watermarksPerShard: 128,
  trackerSlots: 8,
  /** The sealed value of one row commit. */
  rowValueBytes: 1024 * 1024 + 4096,
  /** Heads of one row that are kept side by side. */
  rowHeads: 32,
  /** Rows of one question: several callers of a client share it. */
  rowsAsked: 256,
  /** Bytes of rows in one question or answer, the first row apart: with one more of the largest it fits a head. */
  rowsAskedBytes: 2.5 * 1024 * 1024,
  /** Ids in one bulk locate. */
  locateIds: 1000,
  /** Peers of a network that are reached from outside of their cluster. Node ports give out before: two of 2,768 each. */
  outsidePeers: 2000,
  /** Of which one question asks where they are: at most 27 KiB. */
  outsideAsked: 50,
  /** Rows in one page. */
  pageRows: 256,
} as const
