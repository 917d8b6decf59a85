/**
 * The order by which a tracker has an outside verifier ask one leaf of one provider.
 *
 * A provider answers an outside verifier by such an order alone: with leaves on demand, one that colludes with a verifier could have it
 * fetch from others what it lacks (outsourcing, white paper 4.4).
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import { openDocument, type DocumentKind, type SignedDocument } from '../document/signed.ts'
import { publicKeyOf, type PeerId } from '../membership/peer-id.ts'
import { equalBytes } from '../model/bytes.ts'
import { LunarError } from '../model/error.ts'
import { count, hash, name, peerId, timeMs } from '../model/fields.ts'
import type { LeafChallenge } from './challenge.ts'

export const leafOrderSchema = z.object({
  network: name,
  tracker: peerId,
  verifier: peerId,
  provider: peerId,
  /** Of the draw: the challenge states them too. */
  round: count,
  sequence: count,
  segment: hash,
  /** Of the shard in its set. */
  index: z.number().int().min(0).max(254),
  leaf: count,
  /** By the tracker's clock: no challenge is answered by it afterwards. */
  expiresMs: timeMs,
})
export type LeafOrder = z.infer<typeof leafOrderSchema>
/** Signed by the tracker's peer key. */
export const LEAF_ORDER: DocumentKind<LeafOrder> = { kind: 'leaf-order', schema: leafOrderSchema }

/** True if the challenge asks what was ordered, and nothing else. */
export const isOrdered = (order: Omit<LeafOrder, 'tracker' | 'expiresMs'>, challenge: LeafChallenge): boolean =>
  challenge.askedFor === 'draw' &&
  (['network', 'verifier', 'provider', 'round', 'sequence', 'index', 'leaf'] as const).every(
    (field) => order[field] === challenge[field],
  ) &&
  equalBytes(order.segment, challenge.segment)

export interface OpenOrderDeps {
  readonly network: string
  readonly crypto: CryptoEngine
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
  readonly isTracker: (peer: PeerId) => boolean
}

/** An order of a tracker of the network that has not expired. @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNAUTHORIZED */
export function openLeafOrder(document: SignedDocument, { network, crypto, nowMs, isTracker }: OpenOrderDeps): LeafOrder {
  const order = openDocument(LEAF_ORDER, document, ({ tracker }) => publicKeyOf(tracker), crypto)
  if (order.network !== network || !isTracker(order.tracker))
    throw new LunarError('UNAUTHORIZED', 'the order is not of a tracker of the network', { detail: { tracker: order.tracker } })
  if (order.expiresMs <= nowMs)
    throw new LunarError('UNAUTHORIZED', 'the order has expired', { detail: { expiresMs: order.expiresMs, nowMs } })
  return order
}
