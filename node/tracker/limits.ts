/**
 * Times and counts that bound what a tracker does. Milliseconds and bytes as named.
 *
 * @module
 */
export const TRACKER_LIMITS = {
  /** How long a reservation key is good for; then the provider frees the space. */
  reservationMs: 15 * 60_000,
  /** A set that was never committed is left alone this long: its upload may be under way. */
  uncommittedMs: 2 * 60_000,
  /** For hold and confirm: short, since another provider can take the shard. */
  providerAskMs: 2_500,
  /** For a request passed on to the ring owner: below the client's own limit, so that the next tracker can still answer. */
  forwardMs: 8_000,
  /** For teach, bury and locate among trackers. */
  trackerAskMs: 5_000,
  /** Questions, and their bytes, that wait for one peer; the next one gets TOO_MANY_REQUESTS. */
  waitingAsks: 16_384,
  waitingAskBytes: 64 * 1024 * 1024,
  /** Rounds of placing what a provider refused or did not answer. */
  placeRounds: 4,
  /** Sets whose reservations are remembered. */
  reservedSets: 100_000,
  /** Providers that are asked for the shards of a set whose reservations this tracker does not know. */
  confirmProviders: 256,
  /** Records or tombstones in one message, and their bytes: below the head of a data exchange. */
  documents: 1_000,
  documentBytes: 3 * 1024 * 1024,
  /** Ids in one page of the map comparison. */
  comparedIds: 4_096,
  /** Pages of one comparison. */
  comparedPages: 100_000,
  compareMs: 60_000,
  /** Pause between two comparisons of keeps, which the majority of a set's owners had at once. */
  compareKeepsMs: 10 * 60_000,
  /** Pause between two rounds in which a tracker that leaves hands over what others lack. */
  handoverMs: 15_000,
  /** Owners whose own leases are remembered, and leases in one page of their comparison. */
  ownerLeases: 20_000,
  comparedLeases: 1_024,
  /** Sets whose leases begin anew with one write. */
  revivedAtOnce: 1_000,
  /** Sets whose leases are timed at once, whose ends are remembered, and for how long once nothing is left of them. */
  timedLeases: 200_000,
  endedLeases: 200_000,
  endedMs: 7 * 24 * 3_600_000,
  /** Leases ended by one question or look: their holders are asked for keeps before. */
  endedAtOnce: 256,
  /** Pause between two looks at what has ended, and two notes of how long this tracker has lived. */
  leaseHouseMs: 5 * 60_000,
  /** Entries read from the store at a time. Few, so that what a page leaves behind is collected while it is young. */
  scanEntries: 256,
  /** Providers that are remembered; the fleet has no more. */
  providers: 10_000,
  /** Pause between looks at what is to be repaired. */
  beatMs: 1_000,
  /** Sets rebuilt side by side, and the shard bytes they may keep in memory; one set is always let through. */
  repairsAtOnce: 4,
  repairBytes: 192 * 1024 * 1024,
  /** A repair that failed is tried again after this, doubled up to the second. */
  repairPauseMs: 2_000,
  repairMaxPauseMs: 60_000,
  even: {
    /** What evening out may move of what repair may (`repair.bytesPerSecond`): read, written and read again by who gives way. */
    ofRepair: 0.25,
    /** A provider is given nothing that lies well already before it has been heard for so long without a gap. */
    steadyMs: 5 * 60_000,
    /** Two that are about as full keep a shard twice until both have been heard for so long: one that comes and goes would have it made again. */
    settledMs: 60 * 60_000,
    /** Sets that are looked at in one beat; pauses after a step, after one that failed, and after a round that had none to take. Others: `beatMs`. */
    looks: 128,
    pauseMs: 200,
    failedMs: 30_000,
    restMs: 5 * 60_000,
    /** All providers are read so often, to find what is worth a closer look: a reading of 10,000 takes as long as two thousand looks at a set. */
    readMs: 30_000,
    /**
     * What all trackers together may move off and to one provider until its next heartbeat: moves, and the bytes of their shards (each is
     * read or written, and read once more). Each tracker has its part of that, and one move in any case.
     */
    movesOfProvider: 8,
    movedBytesOfProvider: 32 * 1024 * 1024,
  },
  /** For the bytes of one shard. */
  shardMs: 120_000,
  /** Reports of wrong bytes that are looked into side by side; others are refused. */
  reportsAtOnce: 4,
  audit: {
    /** For a provider's answer: long, since lateness is no guilt. */
    answerMs: 30_000,
    /** Draws of this tracker that go on side by side; those that come on top are left out and drawn again by chance. */
    drawsAtOnce: 16,
    /**
     * Outside verifiers that are remembered, in all and of one failure domain; heartbeats after which one that is silent lapses; how long
     * the domain of one that failed a question is left alone, or kept from a provider that was silent to it, and how many of either are
     * remembered; and how long one has to stay at an address before it may announce another.
     */
    outsiders: 64,
    outsidersOfDomain: 4,
    outsiderHeartbeats: 18,
    outsiderRestMs: 10 * 60_000,
    outsiderRests: 20_000,
    outsiderPlaceMs: 60_000,
    /** For what one brings back: longer than it waits for the provider. Draws that wait for one side by side; beyond, the tracker asks. */
    outsiderMs: 40_000,
    outsidersAsked: 64,
    /** An order to one is good for so long: clocks of trackers and providers may be ten minutes apart. Its own clock may be off by less. */
    orderMs: 15 * 60_000,
    outsiderSkewMs: 10 * 60_000,
    /** For its word on what another verifier was answered, and how many are asked for it beside the trackers. */
    outsiderVerdictMs: 5_000,
    outsiderVerdicts: 2,
    /** A draw that was due longer ago, while this tracker was away or busy, is left out. */
    missedMs: 5 * 60_000,
    /** One of so many proved draws is judged again by others too; all others are. */
    recheckOneIn: 8,
    /** A silent shard is not asked for more often than this. */
    againMs: 5 * 60_000,
    /**
     * An order to audit a provider at once: leaves that all trackers together ask for (1 MiB), the pause until the next order for the same
     * provider, orders that are carried out side by side, and silences after which the rest is left out.
     */
    orderedLeaves: 64,
    orderPauseMs: 10 * 60_000,
    ordersAtOnce: 16,
    orderedSilences: 3,
    /**
     * Leaves that owners have this tracker ask of holders that do not give them: questions side by side, those that wait, and leaves of one
     * question side by side; leaves in a minute: of one provider (it answers one tracker 600), for one client, in all (38 MiB); and how long
     * a question goes on to the next leaves: with `answerMs` for the last ones less than its asker waits. A provider of which so many shards
     * are looked into already is not asked.
     */
    withheldAtOnce: 4,
    withheldQueued: 32,
    withheldLeavesAtOnce: 4,
    withheldOfProvider: 240,
    withheldForClient: 1_200,
    withheldInAll: 2_400,
    withheldMs: 10_000,
    withheldCases: 64,
    /** Heartbeats for which a question waits for its answer. */
    heartbeats: 6,
    /** Questions that wait for the heartbeats of one provider. */
    questions: 4,
    /** Shards whose silence is looked into. */
    cases: 10_000,
    /** After a provider has said that it lost a shard: time in which its inventory says so too, in heartbeats. */
    reportHeartbeats: 4,
    /** Transcripts that are kept: of proofs, and of all else. */
    provedTranscripts: 64,
    transcripts: 1_024,
    /** Proofs told by another tracker that are believed of one provider at a time. */
    proofsTold: 256,
    tellProofsMs: 60_000,
    /** Pause between two looks at what the beacon asks of this tracker: fifteen in each of its steps. */
    beaconMs: 60_000,
    /** Values of the beacon that are kept: of more hours than a round of the sweep has. */
    beaconRounds: 400,
    /** The proof of a round: all that eight trackers on slots sign of it, and eight verifiers, is shorter. */
    beaconProofBytes: 56 * 1024,
    /** What one verifier may say and ask of the beacon in a minute. */
    beaconAsks: 10,
    /** Slot keys that are kept: owners times slots. */
    slotKeys: 80_000,
    /** Owners of sets of others whose keys are taken in a while. */
    shownOwners: 1_024,
    /** Sets whose codes were found wrong that are remembered. */
    leavesOnly: 100_000,
    /** Rows that replicas lack whose return is waited for, and rows lost that are remembered: each counts once. */
    rowCases: 1_000,
    rowLosses: 10_000,
    /** Providers that are or were held to lack rows, and rows of each that it is asked for until it proves them again. */
    lackingProviders: 256,
    lackingRows: 3,
    /** A transcript of a row is settled for so long after the question. */
    rowSettleMs: 60 * 60_000,
    /** Transcripts of rows that are longer are not kept: those of values that are no inline objects of the usual size. */
    keptTranscriptBytes: 144 * 1024,
    /**
     * Convictions of tickets that are kept: in all, of one tracker by one cause, of one tracker about one owner's sets; and of sets whose
     * owner is known to be wrong, which do not count against a tracker.
     */
    convictions: 320,
    convictionsOfTracker: 16,
    convictionsOfOwner: 4,
    settledConvictions: 64,
    /** For so long after the batch was asked; and so much later than now it may say to have been, for clocks that are off. */
    convictionMs: 90 * 24 * 3_600_000,
    convictionSkewMs: 24 * 3_600_000,
    /** Pause between two readings of what other trackers have of them. */
    readConvictionsMs: 5 * 60_000,
    /** A round of the sweep is asked in so many steps. */
    sweepSteps: 512,
    /** Part of a round's order that one look takes, sets planned at once, batches asked side by side, and how long a provider may take over one. */
    duePart: 1 / 64,
    sweptSets: 4_096,
    sweepsAtOnce: 4,
    sweepAnswerMs: 120_000,
    /** Places of one batch that are found before their leaves are asked; the rest is left to draws. */
    sweepFindings: 64,
    /** Sets that are to be asked once one of their owners is heard. */
    unheardSets: 65_536,
    /** Places of one provider that are owed while it is away, and of all; how many leaves it is asked at once when it is back. */
    owedPlaces: 1_024,
    owedPlacesInAll: 65_536,
    owedAtOnce: 32,
  },
  /** Tasks of one repair plan. */
  plannedRepairs: 1_024,
  /** Records that are read for one plan, since the class of their sets is not known. */
  classReads: 256,
} as const
