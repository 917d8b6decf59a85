/**
 * Provider → its ring owners among the trackers, every `detection.heartbeatMs`: alive, this much room, this epoch.
 *
 * Over the data channel, on the connection that is kept there: a libp2p stream for each costs several times the CPU on both sides, and
 * nothing else is said as often.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, name, peerAddress } from '@lunarx/core/model'
import { z } from 'zod'
import { drainOrder } from './drain.ts'
import { exchange } from './exchange.ts'
import { storeId } from './store-id.ts'

/** Questions that one answer carries. */
export const HEARTBEAT_CHALLENGES = 4

export const heartbeat = exchange({
  name: 'heartbeat',
  channel: 'data',
  askers: ['provider'],
  question: z.object({
    address: peerAddress,
    services: z.array(z.enum(['storage', 'index'])).max(2),
    /** Backing store of the shards, by its id object; providers that say the same fail together. null: a volume of its own. */
    store: storeId.nullable(),
    capacityBytes: count,
    usedBytes: count,
    /** Held by reservations that are not stored yet. */
    reservedBytes: count,
    shards: count,
    /** Newest epoch the provider serves; 0: none yet. */
    epoch: count,
    /** Newest epoch for which it has merged all that the epoch before handed over. */
    mergedEpoch: count,
    /** Grows with every change of the inventory; the tracker asks for what it missed. */
    inventorySequence: count,
    /** The newest order it obeys: while it drains, it holds room for nothing new. */
    drain: drainOrder,
    /** Random per start of the process: sequences of different starts do not compare. */
    incarnation: name,
  }),
  answer: z.object({
    /** Newest epoch the tracker knows; the provider fetches it when it is behind. 0: none. */
    epoch: count,
    /** Inventory sequence of this incarnation that the tracker has; -1: send everything. */
    inventorySequence: z.number().int().min(-1),
    /** The newest order that the tracker knows for this provider. */
    drain: drainOrder,
    /** LEAF_CHALLENGEs of the tracker: answered by `submit-answer`. */
    challenges: z.array(signedDocument).max(HEARTBEAT_CHALLENGES),
  }),
})
