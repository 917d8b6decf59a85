/**
 * Which sets the sweep asks next: those of a stretch of the round's order, in that order.
 *
 * @module
 */
import { sweepPlace } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { slicesOf, type Clock } from '@lunarx/runtime/clock'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { TrackerMap } from '../../map/index.ts'
import type { Progress } from './progress.ts'

export interface DueSetsDeps {
  readonly map: Pick<TrackerMap, 'records'>
  readonly crypto: CryptoEngine
  readonly clock: Clock
}

export interface DueSets {
  readonly segments: readonly Uint8Array[]
  /** Part of the order that is asked with these: less than was wanted where there are too many for once. */
  readonly until: number
}

/** Places are in [done, until). Looks at every set that is known. */
export async function dueSets({ round, order, done }: Progress, until: number, deps: DueSetsDeps, signal: AbortSignal): Promise<DueSets> {
  const { map, crypto, clock } = deps
  const giveWay = slicesOf(clock, signal)
  const limit = TRACKER_LIMITS.comparedIds
  const due: { readonly segment: Uint8Array; readonly place: number }[] = []
  for (let after: Uint8Array | null = null; ;) {
    const segments: Uint8Array[] = await map.records.committedAfter(after, null, limit)
    for (const segment of segments) {
      await giveWay()
      const place = sweepPlace(order, round, segment, crypto) / 2 ** 53
      if (place >= done && place < until) due.push({ segment, place })
    }
    after = segments.at(-1) ?? null
    if (segments.length < limit) break
  }
  due.sort((a, b) => a.place - b.place)
  const next = due[TRACKER_LIMITS.audit.sweptSets]
  return {
    segments: due.slice(0, TRACKER_LIMITS.audit.sweptSets).map(({ segment }) => segment),
    until: next ? next.place : until,
  }
}
