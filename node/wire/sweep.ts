/**
 * The sweep by watermarks: owners deal slot keys to trackers; a slot's tracker reads the records of sets that others own, has
 * a batch asked by another tracker, the drawn verifier, and opens its ticket to it afterwards. The documents are those of `@lunarx/core/audit`.
 *
 * @module
 */
import { SWEEP_BATCH, SWEEP_ENTRY_BYTES, slotNumber, ticketConvictionSchema } from '@lunarx/core/audit'
import { signedDocument } from '@lunarx/core/document'
import { count, hash, LIMITS, maxBytes, publicKey } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'
import { SWEEP_PARTS } from './prove.ts'

/** Identities of one owner that a client asks about at once: it has one for each generation of its keys. */
export const OWNERS_ASKED = 8

/** Client → tracker: of these owners, which slots lie with the tracker that have no keys? */
export const slotsWanted = exchange({
  name: 'slots-wanted',
  channel: 'control',
  askers: ['client'],
  question: z.object({
    owners: z.array(publicKey).min(1).max(OWNERS_ASKED),
    /** A set of one of them: a tracker that knows none of that owner's looks for it. A client of the version before names none. */
    set: hash.optional(),
  }),
  answer: z.object({
    /** None of an owner of whom the tracker knows no set. */
    wanted: z.array(z.object({ owner: publicKey, slot: slotNumber })).max(OWNERS_ASKED * LIMITS.trackerSlots),
  }),
})

/** Client → the tracker on the slots: SLOT_KEYS. Over the data channel, which proves who takes them; nobody passes them on. */
export const dealSlots = exchange({
  name: 'deal-slots',
  channel: 'data',
  askers: ['client'],
  question: z.object({
    keys: z
      .array(signedDocument)
      .min(1)
      .max(OWNERS_ASKED * LIMITS.trackerSlots),
  }),
  answer: z.object({ /** Keys that are durable there; others were not wanted. */ taken: count }),
})

/** Sets in one question, which with the longest records fit an answer. */
export const SWEEP_RECORDS = 256

/** Tracker on slots → owner of the sets on the ring: their records. A tracker of the version before does not serve it. */
export const sweepRecords = exchange({
  name: 'sweep-records',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ segments: z.array(hash).min(1).max(SWEEP_RECORDS) }),
  answer: z.object({
    /** One for each, in order. */
    sets: z
      .array(
        z.object({
          /** Null: the tracker does not own the set, does not know it as committed, or does not rely on it any more. */
          record: signedDocument.nullable(),
          /** LEAVES_ONLY, where its owner has given that order. */
          order: signedDocument.nullable(),
        }),
      )
      .max(SWEEP_RECORDS),
  }),
})

/** Parts of a batch, by place. */
const parts = z
  .array(z.object({ from: count.max(SWEEP_BATCH), until: count.max(SWEEP_BATCH) }))
  .min(1)
  .max(SWEEP_PARTS)

/** Tracker on the slot → verifier: ask this batch. */
export const askSweep = exchange({
  name: 'ask-sweep',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 330_000,
  question: z.object({
    /** A TICKET by the asker. */
    ticket: signedDocument,
    /** Packed; their hash is in the ticket. */
    entries: maxBytes(SWEEP_BATCH * SWEEP_ENTRY_BYTES),
    parts,
    /** The SWEEP_CHALLENGE that this verifier made of the ticket, where parts of it are asked after the whole. */
    challenge: signedDocument.nullable(),
  }),
  answer: z.object({
    challenge: signedDocument,
    /** SWEEP_ANSWER for each part; none: the provider kept silent. */
    answers: z.array(signedDocument).max(SWEEP_PARTS),
  }),
})

/** Tracker on the slot → verifier: what the ticket had committed to. The verifier judges the batch by itself. */
export const openTicket = exchange({
  name: 'open-ticket',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({
    ticket: signedDocument,
    /** The verifier's own. */
    challenge: signedDocument,
    /** The SWEEP_ANSWER for the whole batch. */
    answer: signedDocument,
    /** A TICKET_OPENING. */
    opening: signedDocument,
  }),
  answer: z.object({
    /** `broken`: the opening is not what the ticket committed to. */
    finding: z.enum(['fits', 'differs', 'broken']),
  }),
})

/** Convictions that are read at once, which with the most bytes each fit one answer, and that the asker may have. */
export const CONVICTIONS_READ = 4
export const CONVICTIONS_HAD = 1_024

/** Tracker → tracker: convictions of tickets that the asker lacks; it judges each again. Some of them; none: it has all of the answerer's. */
export const readConvictions = exchange({
  name: 'read-convictions',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 30_000,
  question: z.object({ /** Ids of those that the asker has, or does not want. */ have: z.array(hash).max(CONVICTIONS_HAD) }),
  answer: z.object({ convictions: z.array(ticketConvictionSchema).max(CONVICTIONS_READ) }),
})
