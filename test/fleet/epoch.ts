/**
 * The operator's word on who belongs to the network: providers that host rows, trackers on slots.
 *
 * @module
 */
import { signDocument } from '@lunarx/core/document'
import { assignSlots, EPOCH } from '@lunarx/core/epoch'
import type { Fleet } from './fleet.ts'

/** Told to every tracker that runs. */
export async function announceEpoch(fleet: Fleet): Promise<void> {
  const members = fleet.providers.map(({ machine }) => ({
    peer: machine.peer,
    name: machine.place.host,
    domain: machine.place.host,
    address: machine.address,
  }))
  const trackerSlots = assignSlots(
    [],
    fleet.trackers.map(({ machine }) => machine.peer),
  )
  const value = {
    network: fleet.config.network,
    number: 1,
    survive: 1,
    members,
    trackerSlots,
    createdMs: fleet.clock.now(),
    previous: null,
  }
  const document = signDocument(EPOCH, value, fleet.networkKey)
  await fleet.tell((tracker) => tracker.announceEpoch(document))
}
