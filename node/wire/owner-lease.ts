/**
 * renew-lease, read-lease, hold-lease, teach-leases, compare-leases: the one word by which an owner lets go of all it has, kept by every
 * tracker and by d + 1 providers.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, publicKey } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** In one question: one for each generation of an owner's keys, or of as many owners. */
export const LEASES_ASKED = 256
const leases = z.array(signedDocument).min(1).max(LEASES_ASKED)
/** The lease that this one follows had ended here: shards may have gone. */
const wasOver = z.boolean()

/**
 * Client → tracker. One by one: renewed once so many trackers have it that no set's majority is without it, and d + 1 providers in
 * distinct domains; stale: a word as new or newer is known; short: too few have it, ask again.
 */
export const renewLease = exchange({
  name: 'renew-lease',
  channel: 'data',
  askers: ['client'],
  timeoutMs: 20_000,
  question: z.object({ leases }),
  answer: z.object({ outcomes: z.array(z.object({ outcome: z.enum(['renewed', 'stale', 'short']), wasOver })).max(LEASES_ASKED) }),
})

/** Client → tracker: the owner's lease as this tracker has it. */
export const readLease = exchange({
  name: 'read-lease',
  channel: 'data',
  askers: ['client'],
  question: z.object({ /** A LISTING, signed by the owner. */ listing: signedDocument }),
  answer: z.object({
    lease: signedDocument.nullable(),
    /** Until it is over here, if this tracker runs on; 0: it is over; null: it has no end. */
    remainingMs: count.nullable(),
  }),
})

/** Tracker → provider: remember these, for trackers that lose their memory. Says for each whether it, or a newer one, is durable. */
export const holdLease = exchange({
  name: 'hold-lease',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ leases }),
  answer: z.object({ held: z.array(z.boolean()).max(LEASES_ASKED) }),
})

/** Leases, sent between trackers, and by providers to trackers that lost their memory. */
export const teachLeases = exchange({
  name: 'teach-leases',
  channel: 'data',
  askers: ['provider', 'tracker'],
  question: z.object({ leases }),
  answer: z.object({
    /** refused: it does not verify, or no more owners can be remembered. */
    outcomes: z.array(z.object({ outcome: z.enum(['taken', 'stale', 'refused']), wasOver })).max(LEASES_ASKED),
  }),
})

/** Tracker ↔ tracker: which leases each knows, paged in order of owner. The answer: what the asker lacks. */
export const compareLeases = exchange({
  name: 'compare-leases',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({
    after: publicKey.nullable(),
    until: publicKey.nullable(),
    /** Those of the asker in (after, until]. `isOver`: by its own count. */
    known: z.array(z.object({ owner: publicKey, sequence: count, isOver: z.boolean() })).max(1024),
  }),
  answer: z.object({
    leases: z.array(signedDocument).max(1024),
    /** Owners of whom the answerer lacks the lease that the asker has. */ wanted: z.array(publicKey).max(1024),
  }),
})
