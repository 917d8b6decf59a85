/**
 * Which sets the sweep asks next: those of a stretch of the round's order, in that order. All that providers say to hold, whoever owns them:
 * a slot is for all sets whose region of the round is its own.
 *
 * @module
 */
import { sweepPlace } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { slicesOf, type Clock } from '@lunarx/runtime/clock'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { TrackerMap } from '../../map/index.ts'
import type { Progress } from './progress.ts'
import type { SlotKeys } from './slot-keys.ts'

export interface DueSetsDeps {
  readonly map: Pick<TrackerMap, 'sets'>
  readonly slotKeys: Pick<SlotKeys, 'slots'>
  readonly crypto: CryptoEngine
  readonly clock: Clock
}

/** Sets that are planned at once, in order, and the part of the order that is done with them. */
export interface Stretch {
  readonly segments: readonly Uint8Array[]
  readonly until: number
}

/**
 * Places are in [done, until). Looks at every set that some provider holds a shard of; a tracker without a slot, which asks nothing, at those
 * that it knows a record of: it counts what is spent.
 */
export async function dueSets(
  { round, order, done }: Progress,
  until: number,
  { map: { sets }, slotKeys, crypto, clock }: DueSetsDeps,
  signal: AbortSignal,
  atOnce: number = TRACKER_LIMITS.audit.sweptSets,
): Promise<Stretch[]> {
  const giveWay = slicesOf(clock, signal)
  const due: { readonly segment: Uint8Array; readonly place: number }[] = []
  const hasSlot = slotKeys.slots.length > 0
  for (const row of sets.rows()) {
    await giveWay()
    if (sets.holders(row) === 0 || !(hasSlot || sets.hasRecord(row))) continue
    const segment = sets.id(row)
    const place = sweepPlace(order, round, segment, crypto) / 2 ** 53
    if (place >= done && place < until) due.push({ segment, place })
  }
  due.sort((a, b) => a.place - b.place)
  return Array.from({ length: Math.max(1, Math.ceil(due.length / atOnce)) }, (_, i) => ({
    segments: due.slice(i * atOnce, (i + 1) * atOnce).map(({ segment }) => segment),
    until: due[(i + 1) * atOnce]?.place ?? until,
  }))
}
