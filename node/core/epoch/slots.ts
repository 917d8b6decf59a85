/**
 * Which tracker sits on which slot. A slot keeps its tracker (slots hold keys) unless that is gone or has two more than another.
 *
 * @module
 */
import type { PeerId } from '../membership/peer-id.ts'
import { LIMITS } from '../model/limits.ts'

/** One tracker per slot, as evenly as can be; [] without trackers. */
export function assignSlots(previous: readonly PeerId[], trackers: readonly PeerId[]): PeerId[] {
  const load = new Map([...new Set(trackers)].sort().map((tracker) => [tracker, 0]))
  if (load.size === 0) return []
  const slots: (PeerId | undefined)[] = Array.from({ length: LIMITS.trackerSlots }, (_, slot) => {
    const tracker = previous[slot]
    return tracker !== undefined && load.has(tracker) ? tracker : undefined
  })
  for (const tracker of slots) if (tracker !== undefined) load.set(tracker, (load.get(tracker) ?? 0) + 1)
  const byLoad = () => [...load].sort(([a, m], [b, n]) => m - n || (a < b ? -1 : 1))
  const give = (slot: number, tracker: PeerId) => {
    slots[slot] = tracker
    load.set(tracker, (load.get(tracker) ?? 0) + 1)
  }

  for (let slot = 0; slot < slots.length; slot++) if (slots[slot] === undefined) give(slot, byLoad()[0]![0])
  for (;;) {
    const [least, fewest] = byLoad().at(0)!
    const [most, many] = byLoad().at(-1)!
    if (many - fewest < 2) return slots as PeerId[]
    load.set(most, many - 1)
    give(slots.lastIndexOf(most), least)
  }
}
