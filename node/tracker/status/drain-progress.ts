/**
 * How far a provider is drained, as this tracker knows it.
 *
 * Drained is a statement about everything that the provider has: so it counts only when the provider itself says that it takes nothing
 * new and has nothing reserved, and when its inventory of that very moment is known here in full.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { DrainOrder, DrainProgress } from '@lunarx/wire'
import type { Epochs } from '../epochs/index.ts'
import type { Fleet } from '../fleet/index.ts'
import type { TrackerMap } from '../map/index.ts'
import type { Pace, SetWatch } from '../repair/index.ts'

export interface DrainSight {
  readonly map: TrackerMap
  readonly fleet: Fleet
  readonly watch: SetWatch
  readonly pace: Pace
  readonly epochs: Epochs
}

export function drainProgress(peer: PeerId, order: DrainOrder, { map, fleet, watch, pace, epochs }: DrainSight): DrainProgress {
  const { shards, bytes, known } = watch.leftOn(peer)
  const beat = fleet.lastBeat(peer)
  const isObeyed = beat?.drain.isDraining === true && beat.drain.revision >= fleet.orderToObey(peer).revision && beat.reservedBytes === 0
  const isKnown = beat !== undefined && map.statements.sequenceOf(peer, beat.incarnation) >= beat.inventorySequence
  const rowsMoved = haveRowsMoved(peer, epochs, fleet)
  return {
    revision: order.revision,
    shards,
    bytes,
    etaMs: bytes === 0 ? null : pace.etaMs(watch.margins.backlogBytes + bytes),
    rowsMoved,
    isDrained: isObeyed && isKnown && rowsMoved && known === 0 && watch.hasSeenAllOf(peer),
  }
}

/** Every member of the epoch in force that is not gone has merged it, and nobody is in a newer one yet. */
function haveRowsMoved(peer: PeerId, { members, number }: Epochs, fleet: Fleet): boolean {
  if (members.some((member) => member.peer === peer)) return false
  return members.every((member) => {
    const beat = fleet.lastBeat(member.peer)
    return fleet.standing(member.peer)?.isDeclaredLost === true || (beat?.mergedEpoch === number && beat.epoch === number)
  })
}
