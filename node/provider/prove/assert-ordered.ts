/**
 * Whether an outside verifier may ask: by the order of a tracker, for the very leaf that it names, once.
 *
 * @module
 */
import { isOrdered, openLeafOrder, type LeafChallenge } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import type { Session } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { SpentOrders } from './spent-orders.ts'

export interface AssertOrderedDeps {
  readonly network: string
  readonly crypto: CryptoEngine
  readonly clock: Clock
  /** True for peers that the network has not put out, known as trackers by the configuration, by the epoch, or by the credential that they showed to a heartbeat. */
  readonly isTracker: (peer: PeerId) => boolean
  readonly spentOrders: SpentOrders
}

/** Trackers need no order. @throws {LunarError} UNAUTHORIZED, BAD_MESSAGE, BAD_SIGNATURE, TOO_MANY_REQUESTS */
export function assertOrdered(
  challenge: LeafChallenge,
  document: SignedDocument | undefined,
  { credential }: Session,
  { network, crypto, clock, isTracker, spentOrders }: AssertOrderedDeps,
): void {
  if (credential.role === 'tracker') return
  if (!document) throw new LunarError('UNAUTHORIZED', 'a verifier asks by the order of a tracker')
  const nowMs = clock.now()
  const order = openLeafOrder(document, { network, crypto, nowMs, isTracker })
  if (!isOrdered(order, challenge)) throw new LunarError('UNAUTHORIZED', 'the order is for another leaf, another draw or another verifier')
  spentOrders.spend(document, order, nowMs)
}
