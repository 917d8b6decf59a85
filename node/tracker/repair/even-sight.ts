/**
 * The fleet as evening out sees it: how full each provider is, and who may be given shards that lie well already.
 *
 * That asks more than a new set does: a provider that is being vetted while others are trusted, one in maintenance, and one that was
 * silent lately gets none.
 *
 * All providers are read now and then only, to find the sets that are worth a closer look: by then it may be late in what it says of
 * fullness. What is done follows from the closer look alone, at the few providers that have to do with a set, as they are now.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { FilledFleet, type Candidate, type FilledProvider } from '@lunarx/core/placement'
import type { Clock } from '@lunarx/runtime/clock'
import type { Standings } from '../audit/standings.ts'
import type { Fleet } from '../fleet/index.ts'
import { TRACKER_LIMITS } from '../limits.ts'
import type { EvenSight } from './even-step.ts'
import type { MovesUnderWay } from './moves-under-way.ts'

export interface EvenSightDeps {
  readonly fleet: Fleet
  readonly standings: Pick<Standings, 'of' | 'isPlaceable' | 'isInMaintenance'>
  readonly clock: Clock
  readonly underWay: Pick<MovesUnderWay, 'mayBegin'>
}

/** Of all providers: `filled` as it was read, everything else as it is. */
export interface WideSight extends EvenSight {
  /** The same of these providers alone, read now. */
  near(peers: readonly PeerId[]): EvenSight
}

export function readEvenSight({ fleet, standings, clock, underWay }: EvenSightDeps): WideSight {
  const isTrusted = (peer: PeerId): boolean => standings.of(peer).state === 'trusted'
  const isPlaceable = (peer: PeerId): boolean => !fleet.isDraining(peer) && standings.isPlaceable(peer)
  const storing = fleet.storing()
  const isVetted = storing.some(({ peer }) => isPlaceable(peer) && isTrusted(peer)) ? isTrusted : () => true
  const steadyMs = (peer: PeerId): number => {
    const sinceMs = fleet.steadySince(peer)
    return sinceMs === null ? 0 : clock.elapsed() - sinceMs
  }
  const isSteady = (peer: PeerId): boolean => steadyMs(peer) >= TRACKER_LIMITS.even.steadyMs
  const isOpen = (peer: PeerId): boolean => isPlaceable(peer) && isVetted(peer) && !standings.isInMaintenance(peer) && isSteady(peer)
  const fill = ({ peer, domain, zone, store, freeBytes }: Candidate): FilledProvider[] => {
    const capacityBytes = fleet.lastBeat(peer)?.capacityBytes ?? 0
    return capacityBytes > 0 ? [{ peer, domain, zone, store, capacityBytes, takenBytes: Math.max(0, capacityBytes - freeBytes) }] : []
  }
  const sightOf = (candidates: readonly Candidate[]): EvenSight => ({
    filled: new FilledFleet(candidates.flatMap(fill), isOpen),
    isStaying: (peer) => fleet.standing(peer)?.state === 'alive' && !fleet.isDraining(peer),
    steadyMs,
    domainsOf: (peer) => fleet.domainsOf(peer),
    mayMove: (peer, bytes) => underWay.mayBegin(peer, bytes),
  })
  return { ...sightOf(storing), near: (peers) => sightOf(peers.flatMap((peer) => fleet.storedBy(peer) ?? [])) }
}
