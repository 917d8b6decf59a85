/**
 * reserve, commit, delete: client ↔ tracker; hold, confirm, discard: tracker ↔ provider.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, hash, maxBytes, peerAddress, peerId, publicKey, timeMs } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'
import { locatedProviders, packedHolders } from './located.ts'
import { refusal, type Refusal } from './refusal.ts'

const index = z.number().int().min(0).max(254)
export const placed = z.object({ index, provider: peerAddress.required({ peer: true }), key: signedDocument })
export type Placed = z.infer<typeof placed>

/** Client → tracker: place this set and reserve its space. Asked again, it places only what no provider holds yet. */
export const reserve = exchange({
  name: 'reserve',
  channel: 'data',
  askers: ['client', 'tracker'],
  timeoutMs: 20_000,
  question: z.object({
    record: signedDocument,
    /** Indices to place; empty: all. */
    wanted: z.array(index).max(255),
    /** Providers that just failed the client. */
    avoid: z.array(peerId).max(255),
    /** Set by a tracker that forwards, and believed from trackers only: who will store. */
    client: peerId.optional(),
  }),
  answer: z.object({ placed: z.array(placed).max(255) }),
})

/** Shards in one question of `hold`: with their keys they fit a control message. */
export const HOLD_SHARDS = 48
/** Shards in one question of `confirm`. */
export const CONFIRM_SHARDS = 255
/** Shards in one question of `hold-many`: each is written down by the provider before it answers. */
export const HOLD_MANY_SHARDS = 128
/** Shards in one question of `confirm-many`. */
export const CONFIRM_MANY_SHARDS = 512
/** Body of a reservation key: a RESERVATION takes about 300 bytes. Trackers keep keys until they expire. */
const KEY_BYTES = 1024

const heldShard = z.object({ client: peerId, owner: publicKey, segment: hash, index, address: hash, sizeBytes: count, expiresMs: timeMs })
const confirmedShard = z.object({ segment: hash, index })

/** An outcome that is none fails its own shard, and leaves those of the other shards of the answer as they are. */
const MALFORMED: { readonly refusal: Refusal } = { refusal: { code: 'BAD_MESSAGE', message: 'the provider answered nothing of use' } }
const heldOutcome = z
  .union([z.object({ key: signedDocument.extend({ body: maxBytes(KEY_BYTES) }) }), z.object({ refusal })])
  .catch(MALFORMED)
/** Held or not, or why the provider cannot tell. */
const confirmedOutcome = z.union([z.boolean(), z.object({ refusal })]).catch(MALFORMED)

/**
 * Tracker → provider: hold space for shards, of any sets; the answer has a reservation key for `client`, or why there is none, of each.
 * Quotas of the client and of the owner do not bind a tracker that will store itself: a repair must not wait for them.
 */
export const hold = exchange({
  name: 'hold',
  channel: 'control',
  askers: ['tracker'],
  question: z.object({ shards: z.array(heldShard).min(1).max(HOLD_SHARDS) }),
  answer: z.object({ held: z.array(heldOutcome).max(HOLD_SHARDS) }),
})

/**
 * The same on a kept connection of the data channel, at half the CPU of a libp2p stream on both sides, and more at a time. A provider
 * of a version before does not serve it, and is asked by `hold`.
 */
export const holdMany = exchange({
  name: 'hold-many',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ shards: z.array(heldShard).min(1).max(HOLD_MANY_SHARDS) }),
  answer: z.object({ held: z.array(heldOutcome).max(HOLD_MANY_SHARDS) }),
})

/** Tracker → provider: which of these shards are durable with you now? */
export const confirm = exchange({
  name: 'confirm',
  channel: 'control',
  askers: ['tracker'],
  question: z.object({ shards: z.array(confirmedShard).max(CONFIRM_SHARDS) }),
  answer: z.object({ held: z.array(z.boolean()).max(CONFIRM_SHARDS) }),
})

/** As {@link holdMany} is to {@link hold}. One shard that the provider cannot look up is one refusal, where `confirm` fails as a whole. */
export const confirmMany = exchange({
  name: 'confirm-many',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ shards: z.array(confirmedShard).max(CONFIRM_MANY_SHARDS) }),
  answer: z.object({ held: z.array(confirmedOutcome).max(CONFIRM_MANY_SHARDS) }),
})

/** Sets in one question of `holdings`. */
export const HOLDINGS_SETS = 16

/**
 * Client → provider: which shards of these sets are durable with you now? For when no tracker says who holds them: of what others
 * named. Whoever knows the id of a set may ask, as he may ask a tracker to locate it; the shards themselves take the read key.
 */
export const holdings = exchange({
  name: 'holdings',
  channel: 'control',
  askers: ['client'],
  timeoutMs: 5_000,
  question: z.object({ segments: z.array(hash).min(1).max(HOLDINGS_SETS) }),
  answer: z.object({ held: z.array(z.array(index).max(255)).max(HOLDINGS_SETS) }),
})

/** Client → tracker: count the holders now; the set is committed when `margin` answers suffice for the caller. */
export const commit = exchange({
  name: 'commit',
  channel: 'data',
  askers: ['client', 'tracker'],
  timeoutMs: 20_000,
  question: z.object({ segment: hash }),
  answer: z.object({ /** Indices confirmed by their holders. */ held: z.array(index).max(255), /** held − k */ margin: z.number().int() }),
})

/** Client → tracker: the owner's tombstones. Durable with the ring owners before the answer; holders follow. */
export const bury = exchange({
  name: 'bury',
  channel: 'data',
  askers: ['client', 'tracker'],
  timeoutMs: 20_000,
  question: z.object({ tombstones: z.array(signedDocument).min(1).max(1000) }),
  answer: z.object({ accepted: count }),
})

/** Tracker → provider: remove what these tombstones name. */
export const discard = exchange({
  name: 'discard',
  channel: 'data',
  askers: ['tracker'],
  question: z.object({ tombstones: z.array(signedDocument).min(1).max(1000) }),
  answer: z.object({ removed: count }),
})

/**
 * Tracker → provider: remove the shard that the order names, since `twin` holds the same one, and the place is wanted for another of the
 * set or the shard lies better there. The provider reads the twin's first, by the order; one that is giving its own way is not read.
 */
export const surplus = exchange({
  name: 'surplus',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 60_000,
  question: z.object({
    /** A grant for this provider, with the purpose "give-way". */ order: signedDocument,
    twin: peerAddress.required({ peer: true }),
  }),
  answer: z.object({ /** False: it was not there. */ removed: z.boolean() }),
})

/** Anyone of the network → tracker: holders of sets, and their records. */
export const locate = exchange({
  name: 'locate',
  channel: 'data',
  askers: ['client', 'tracker', 'provider', 'operator'],
  question: z.object({
    segments: z.array(hash).min(1).max(1000),
    /** With the records, which a client has in its manifest. */
    records: z.boolean(),
  }),
  answer: z.object({
    providers: locatedProviders,
    found: z
      .array(
        z.object({
          segment: hash,
          /** The tracker knows the set. */
          known: z.boolean(),
          /** Where it was asked for. */
          record: signedDocument.nullable(),
          /** Tombstones of the set, so that nobody has to take `buried` on trust; usually one. */
          tombstones: z.array(signedDocument).max(4),
          buried: z.boolean(),
          /** See `unpackHolders`. */
          holders: packedHolders,
        }),
      )
      .max(1000),
  }),
})
