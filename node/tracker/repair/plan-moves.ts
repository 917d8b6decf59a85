/**
 * planMoves: which sets to copy shards of off providers that are being drained. Everything that is degraded is repaired first: what is
 * drained is still there. Order: the set that is nearest to its loss first.
 *
 * Pure and level-based.
 *
 * @module
 */
import { byRisk } from '@lunarx/core/placement'
import type { Assessment } from './assess.ts'
import type { Move } from './moves.ts'
import type { RepairTask } from './plan.ts'

export interface LeavingSet extends Pick<Assessment, 'margin' | 'lossProbability'> {
  /** Lower-case hex of the segment id. */
  readonly hex: string
  readonly moves: readonly Move[]
}

export function planMoves(sets: Iterable<LeavingSet>, repairs: readonly RepairTask[], limit: number): RepairTask[] {
  const repaired = new Set(repairs.map(({ hex }) => hex))
  return [...sets]
    .filter(({ hex, moves }) => moves.length > 0 && !repaired.has(hex))
    .map(({ hex, moves, margin, lossProbability }): RepairTask => {
      const indices = [...new Set(moves.map(({ index }) => index))].sort((a, b) => a - b)
      return { kind: 'move', hex, indices, margin, lossProbability }
    })
    .sort((a, b) => byRisk(a, b) || (a.hex < b.hex ? -1 : 1))
    .slice(0, Math.max(0, limit - repairs.length))
}
