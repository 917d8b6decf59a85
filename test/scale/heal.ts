/**
 * How long trackers take over a damage: the order by `inOrderOfRisk`, what is due by `planRepair`, the byte cap by `Pace`, the work spread
 * by the ring. Nothing fails meanwhile.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import { Pace } from '../../node/tracker/repair/pace.ts'
import { planRepair, type RepairTask } from '../../node/tracker/repair/plan.ts'
import { inOrderOfRisk } from '../../node/tracker/repair/risk-order.ts'
import type { Damage } from './lose.ts'
import type { ScaleShape } from './shape.ts'

export interface Healing {
  /** Since the loss, until no set is at margin 0 any more; 0: none was. Milliseconds. */
  readonly safeMs: number
  /** Since the loss, until the slowest tracker has nothing left to rebuild. */
  readonly healedMs: number
  /** … and the middle one. */
  readonly medianHealedMs: number
  /** Backlog of the network over time since the loss: milliseconds, shards. */
  readonly curve: readonly (readonly [number, number])[]
}

/** So many sets, each alike, due from some time on. */
interface Batch {
  readonly sets: number
  readonly missing: number
  readonly margin: number
  readonly dueMs: number
}

const POINTS = 60

/** @param shares of the sets that each tracker answers for */
export function heal(damage: Damage, shape: ScaleShape, shares: readonly number[]): Healing {
  const batches = inOrder(damage, shape)
  const ends = shares.map((share) =>
    healOne(
      batches.map((batch) => ({ ...batch, sets: Math.round(batch.sets * share) })),
      shape,
    ),
  )
  const healedMs = Math.max(0, ...ends.map(({ healedMs: ms }) => ms))
  const sorted = ends.map(({ healedMs: ms }) => ms).sort((a, b) => a - b)
  const total = batches.reduce((sum, { sets, missing }) => sum + sets * missing, 0)
  const curve = Array.from({ length: POINTS + 1 }, (_, i): [number, number] => {
    const ms = (healedMs * i) / POINTS
    return [ms, Math.max(0, total - ends.reduce((sum, end) => sum + doneBy(end.done, ms), 0))]
  })
  return { safeMs: Math.max(0, ...ends.map(({ safeMs }) => safeMs)), healedMs, medianHealedMs: sorted[sorted.length >> 1] ?? 0, curve }
}

/** What is due at once, then what is due when silence has lasted long enough; each in the order of the plan. */
function inOrder({ setsByMissing, assessments }: Damage, { lostMs, rebuildAfterMs, shardBytes }: ScaleShape): Batch[] {
  const planAt = (silentMs: number): RepairTask[] =>
    planRepair(
      assessments.map((assessment, missing) => ({ hex: String(missing).padStart(2, '0'), shardBytes, ...assessment })).sort(inOrderOfRisk),
      { rebuildAfterMs, isWarm: true, limit: Number.MAX_SAFE_INTEGER, silenceOf: () => silentMs },
    )
  const batches: Batch[] = []
  for (const ms of [lostMs, Math.max(lostMs, rebuildAfterMs)])
    for (const { hex, indices, margin } of planAt(ms)) {
      const missing = Number(hex)
      if (!batches.some((batch) => batch.missing === missing))
        batches.push({ sets: setsByMissing[missing] ?? 0, missing: indices.length, margin, dueMs: ms })
    }
  return batches
}

interface TrackerEnd {
  readonly safeMs: number
  readonly healedMs: number
  /** Time → shards rebuilt until then. */
  readonly done: readonly (readonly [number, number])[]
}

function healOne(batches: readonly Batch[], { required, shardBytes, bytesPerSecond, linkBytesPerSecond }: ScaleShape): TrackerEnd {
  let nowMs = 0
  const pace = new Pace({ elapsed: () => nowMs } as Clock, bytesPerSecond)
  let [safeMs, shards] = [0, 0]
  const done: [number, number][] = [[0, 0]]
  for (const { sets, missing, margin, dueMs } of batches) {
    const bytes = (required + missing) * shardBytes
    nowMs = Math.max(nowMs, dueMs)
    for (let set = 0; set < sets; set++) {
      if (margin > 0) nowMs += pace.waitMs
      pace.spend(bytes)
      nowMs += (bytes / linkBytesPerSecond) * 1_000
      shards += missing
      if (set % 64 === 0) done.push([nowMs, shards])
    }
    if (sets > 0 && margin === 0) safeMs = nowMs
    done.push([nowMs, shards])
  }
  return { safeMs, healedMs: shards > 0 ? nowMs : 0, done }
}

function doneBy(done: readonly (readonly [number, number])[], ms: number): number {
  let [low, high] = [0, done.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((done[middle]?.[0] ?? 0) <= ms) low = middle + 1
    else high = middle
  }
  return done[low - 1]?.[1] ?? 0
}
