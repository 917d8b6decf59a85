/**
 * Of two holders of a shard one gives way: by an order that it obeys only after it has read the other's shard, whole.
 *
 * @module
 */
import { GRANT, signDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import type { PlacementRule } from '@lunarx/core/placement'
import { surplus } from '@lunarx/wire'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { KnownSet } from '../map/index.ts'
import { countClaims, type Claim } from '../place/index.ts'
import type { GatherDeps } from './gather-shards.ts'

export interface Surplus {
  readonly index: number
  /** Gives way. */
  readonly peer: PeerId
  /** Keeps the shard. */
  readonly twin: PeerId
}

/** Without this holder no fewer shards count by any of the rules. @param claims of the set, all of them sound */
export function isSparable(
  peer: PeerId,
  claims: readonly Claim[],
  rules: readonly PlacementRule[],
  fleet: Pick<Fleet, 'domainsOf'>,
): boolean {
  const left = claims.filter((claim) => claim.peer !== peer)
  return rules.every((rule) => countClaims(left, rule, fleet).length >= countClaims(claims, rule, fleet).length)
}

/** @returns true once it is gone there; false: it stays */
export async function giveWay(set: KnownSet, { index, peer, twin }: Surplus, deps: GatherDeps, signal: AbortSignal): Promise<boolean> {
  const { ask, fleet, map, clock, log, self, signKey } = deps
  const [holder, stays] = [fleet.standing(peer), fleet.standing(twin)]
  if (!holder || !stays) return false
  const expiresMs = Math.ceil(clock.now()) + TRACKER_LIMITS.shardMs
  const grant = signDocument(GRANT, { segment: set.id, index, reader: peer, expiresMs, tracker: self, purpose: 'give-way' }, signKey)
  using asked = map.statements.question([{ segment: set.id, index, peer }])
  try {
    await ask(holder.address, surplus, { order: grant, twin: { ...stays.address, peer: twin } }, { signal })
    await map.statements.deny(asked, [{ segment: set.id, index, peer }])
    log.info('of two holders of a shard one gave way', { segment: set.hex, index, peer, twin })
    return true
  } catch (error) {
    signal.throwIfAborted()
    log.info('a shard with two holders was not given up', { segment: set.hex, index, peer, error })
    return false
  }
}
