/**
 * keep, retain, recall, teach-keeps, compare-keeps, leases, list-kept: what says that a set stays, and who may be told that it does not.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, hash, name } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** Keeps in one question; trackers add the records of as many sets. */
export const KEEPS_ASKED = 256
const keeps = z.array(signedDocument).max(KEEPS_ASKED)

/** Leases of owners that one answer to `leases` tells of. */
export const OVER_TOLD = 500
/** A place in the list of leases that are over; it is another list after every start. */
export const overPlace = z.object({ list: name, at: count })
export type OverPlace = z.infer<typeof overPlace>

/**
 * Client → tracker: these sets are to stay. One by one: kept once a majority of the set's owners and k + 1 holders (k, where no more hold
 * it) have it durably; buried: the owner has deleted it; over: its lease is, and keeps of it do not count; unknown: no tracker that was
 * reached knows the set; short: too few have it, ask again. Between trackers it is about the one that is asked alone, and brings the
 * records of sets that it did not know.
 */
export const keep = exchange({
  name: 'keep',
  channel: 'data',
  askers: ['client', 'tracker'],
  timeoutMs: 20_000,
  question: z.object({ keeps: keeps.min(1), records: z.array(signedDocument).max(KEEPS_ASKED) }),
  answer: z.object({ outcomes: z.array(z.enum(['kept', 'buried', 'over', 'unknown', 'short'])).max(KEEPS_ASKED) }),
})

/** Tracker → provider: remember these beside the shards. Says for each whether a shard of the set is here, of that owner, and it is durable. */
export const retain = exchange({
  name: 'retain',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ keeps: keeps.min(1) }),
  answer: z.object({ retained: z.array(z.boolean()).max(KEEPS_ASKED) }),
})

/** Tracker → provider: the leases of these sets are about to end. Which keeps of them do you remember? */
export const recall = exchange({
  name: 'recall',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ segments: z.array(hash).min(1).max(KEEPS_ASKED) }),
  answer: z.object({ keeps }),
})

/** Provider → tracker: these sets nobody has kept here. What do you know of them? */
export const leases = exchange({
  name: 'leases',
  channel: 'data',
  askers: ['provider'],
  question: z.object({
    segments: z.array(hash).max(1000),
    /** Up to where the owners' leases that are over were told to the asker. */ overUntil: overPlace.nullable(),
  }),
  answer: z.object({
    /**
     * unknown: send me the record. ended: known for the whole lease, and nobody has kept it, as far as its holders know; whoever asks
     * removes it when a majority says so.
     */
    leases: z.array(z.enum(['kept', 'buried', 'unknown', 'running', 'ended'])).max(1000),
    /** Of those that are kept and buried, as far as they fit. */
    keeps: z.array(signedDocument).max(1000),
    tombstones: z.array(signedDocument).max(1000),
    /** Set: the map was begun anew, under this name: send me, once, all tombstones that you remember. */
    rebuilding: name.nullable(),
    /** OWNER_LEASEs that are over here, behind those that the asker was told: their owners' keeps do not count any more. */
    over: z.array(signedDocument).max(OVER_TOLD),
    overUntil: overPlace,
  }),
})

/** Keeps, sent by providers and between trackers as records are. Those of sets that the tracker does not know are left aside. */
export const teachKeeps = exchange({
  name: 'teach-keeps',
  channel: 'data',
  askers: ['provider', 'tracker'],
  question: z.object({ keeps: z.array(signedDocument).max(1000) }),
  answer: z.object({ accepted: count }),
})

/** Tracker ↔ tracker: ids of sets that both should own and that are kept, paged in order of id. The answer: what the asker lacks. */
export const compareKeeps = exchange({
  name: 'compare-keeps',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({
    after: hash.nullable(),
    until: hash.nullable(),
    /** Those of the asker in (after, until]. */ kept: z.array(hash).max(4096),
  }),
  answer: z.object({ keeps: z.array(signedDocument).max(4096), /** Ids whose keep the answerer lacks. */ wanted: z.array(hash).max(4096) }),
})

/** Client → tracker: which sets of an owner are kept here, in order of id. */
export const listKept = exchange({
  name: 'list-kept',
  channel: 'data',
  askers: ['client'],
  question: z.object({ /** A LISTING, signed by the owner. */ listing: signedDocument, after: hash.nullable() }),
  answer: z.object({
    /** `ageMs`: since the tracker last took a keep of it, or less: it counts while it runs. */
    sets: z.array(z.object({ segment: hash, /** Of all its shards. */ bytes: count, ageMs: count })).max(4096),
    /** Where to go on; null: that was all. */
    next: hash.nullable(),
  }),
})
