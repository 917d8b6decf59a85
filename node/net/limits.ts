/**
 * What one peer may cost another: times and counts. Sizes are in frame/frame.ts and core/model/limits.ts.
 *
 * @module
 */
export const NET_LIMITS = {
  /** Dial, TLS or noise handshake, and HELLO both ways; from accept to HELLO. Generous: a starved machine is slow, not hostile. */
  handshakeMs: 10_000,
  /** For a head to arrive in full once its first byte has. */
  headMs: 10_000,
  /** A body may keep its reader waiting so long per {@link bodyProgressBytes}. */
  bodyIdleMs: 30_000,
  bodyProgressBytes: 16 * 1024,
  /** The other side may leave written bytes unread so long. */
  writeStallMs: 120_000,
  /** Bytes written and not yet taken by the socket. */
  writeBufferBytes: 1024 * 1024,
  /** Bytes received and not yet read. */
  readBufferBytes: 256 * 1024,
  /** A kept connection is closed after so long without a question: the asker before the answerer. */
  askerIdleMs: 30_000,
  answererIdleMs: 90_000,
  /** Connections to one address: open at a time, and kept while idle. */
  connectionsPerAddress: 16,
  keptPerAddress: 8,
  /** Questions that may wait for one of them. */
  waitingPerAddress: 1024,
  /** Inbound connections of the data channel: in all, of one peer, and before HELLO. */
  inboundConnections: 2048,
  inboundPerPeer: 64,
  inboundUnproved: 256,
  /** Inbound libp2p connections, and streams in each. */
  controlConnections: 2048,
  controlStreams: 256,
  /** Between two looks whether the other end of a libp2p connection is still there; each opens a stream. A question that gets no answer finds out sooner. */
  controlPingMs: 30_000,
  /** What is in flight may finish within this when a peer is disposed. */
  graceMs: 5_000,
  directory: {
    /** For one announcement or search. */
    askMs: 15_000,
    /** Peers near a key that keep an announcement, and that are asked for it; also the size of a bucket of the routing table. */
    replicas: 8,
    /** Of these paths of a search no two go through the same peer; questions at a time on each. */
    paths: 3,
    pathConcurrency: 2,
    /** Peers named by one that is asked, and by all of them; addresses of one peer. */
    namedByOne: 64,
    found: 256,
    addresses: 4,
    /** Peers to begin with. */
    seeds: 64,
    /** Of these, dialled at a time when nobody is known, and how often that is looked at. */
    seedsAtOnce: 3,
    lonelyMs: 30_000,
    /** Announcements kept for others: in all, of one key, of one peer; and for how long. */
    records: 20_000,
    recordsOfKey: 64,
    recordsOfPeer: 2_048,
    recordMs: 24 * 3_600_000,
    /** Peers whose addresses were learnt from others. */
    learntPeers: 10_000,
    /** Streams on one connection, of either side. */
    streams: 32,
    /** A client leaves again when it has searched for nothing for so long. */
    clientIdleMs: 60_000,
  },
} as const
