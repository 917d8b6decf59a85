/**
 * Which tracker sits on which slot. A slot keeps its tracker (slots hold keys) unless that is gone or has two more than another.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import { LIMITS } from '../model/limits.ts'

/** One tracker per slot, as evenly as can be; [] without trackers. */
export function assignSlots(previous: readonly PeerId[], trackers: readonly PeerId[]): PeerId[] {
  const names = [...new Set(trackers)].sort()
  const [first] = names
  if (first === undefined) return []
  const slots = Array.from({ length: LIMITS.trackerSlots }, (_, slot) => names.find((tracker) => tracker === previous[slot]))
  const load = (tracker: PeerId): number => slots.filter((other) => other === tracker).length
  const least = (): PeerId => names.reduce((best, tracker) => (load(tracker) < load(best) ? tracker : best), first)
  const most = (): PeerId => names.reduce((best, tracker) => (load(tracker) > load(best) ? tracker : best), first)

  for (let slot = 0; slot < slots.length; slot++) slots[slot] ??= least()
  while (load(most()) - load(least()) > 1) {
    const slot = slots.lastIndexOf(most())
    slots[slot] = least()
  }
  return slots.flatMap((tracker) => tracker ?? [])
}
