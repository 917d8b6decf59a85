/**
 * The fleet as evening out sees it: how full each provider is, and who may be given shards that lie well already.
 *
 * That asks more than a new set does: a provider that is being vetted while others are trusted, one in maintenance, and one that was
 * silent lately gets none.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { FilledFleet, type FilledProvider } from '@lunarx/core/placement'
import type { Clock } from '@lunarx/runtime/clock'
import type { Standings } from '../audit/standings.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { EvenSight } from './even-step.ts'

export interface EvenSightDeps {
  readonly fleet: Fleet
  readonly standings: Pick<Standings, 'of' | 'isInMaintenance'>
  readonly clock: Clock
}

export function readEvenSight({ fleet, standings, clock }: EvenSightDeps): EvenSight {
  const isTrusted = (peer: PeerId): boolean => standings.of(peer).state === 'trusted'
  const candidates = new Set(fleet.candidates(() => true).map(({ peer }) => peer))
  const isVetted = candidates.values().some(isTrusted) ? isTrusted : () => true
  const steadyMs = (peer: PeerId): number => {
    const sinceMs = fleet.steadySince(peer)
    return sinceMs === null ? 0 : clock.elapsed() - sinceMs
  }
  const isSteady = (peer: PeerId): boolean => steadyMs(peer) >= TRACKER_LIMITS.even.steadyMs
  const isOpen = (peer: PeerId): boolean => candidates.has(peer) && isVetted(peer) && !standings.isInMaintenance(peer) && isSteady(peer)
  const providers = fleet.storing().flatMap(({ peer, domain, zone, store, freeBytes }): FilledProvider[] => {
    const capacityBytes = fleet.lastBeat(peer)?.capacityBytes ?? 0
    return capacityBytes > 0 ? [{ peer, domain, zone, store, capacityBytes, takenBytes: Math.max(0, capacityBytes - freeBytes) }] : []
  })
  return {
    filled: new FilledFleet(providers, isOpen),
    isStaying: (peer) => fleet.standing(peer)?.state === 'alive' && !fleet.isDraining(peer),
    steadyMs,
    domainsOf: (peer) => fleet.domainsOf(peer),
  }
}
