/**
 * planRepair: which sets to repair now, which of their shards, in which order.
 *
 * Certain loss: at once. A silent holder: at once where the margin is 0, otherwise after `rebuildAfterMs`, since a reboot is no
 * reason to copy. A shard that nobody holds: once this tracker has heard everyone (`isWarm`). Sets below k cannot be repaired and
 * wait for holders to come back, unless shards that were condemned could make up for it: they are read again. Order: margin 0 first, then
 * the probability of loss (`risk-order.ts`); as many sets are looked at as it takes to have enough to do.
 *
 * Pure and level-based: reads the whole world, never asks what happened.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import type { Assessment, MissingShard } from './assess.ts'

export interface DegradedSet extends Assessment {
  /** Lower-case hex of the segment id. */
  readonly hex: string
  readonly shardBytes: number
}

export interface RepairTask {
  /** rebuild: nobody holds them; move: their holder is being drained. */
  readonly kind: 'rebuild' | 'move'
  readonly hex: string
  /** Shards to make again elsewhere, in order. */
  readonly indices: readonly number[]
  readonly margin: number
  readonly lossProbability: number
}

export interface RepairRules {
  readonly rebuildAfterMs: number
  /** A shard without a holder means that nobody has it. */
  readonly isWarm: boolean
  /** For how long nobody has heard a provider. Milliseconds. */
  readonly silenceOf: (peer: PeerId) => number
  /** Tasks, at most. */
  readonly limit: number
}

/** @param sets in order of risk */
export function planRepair(sets: Iterable<DegradedSet>, rules: RepairRules): RepairTask[] {
  const tasks: RepairTask[] = []
  for (const { hex, margin, missing, doubted, lossProbability } of sets) {
    if (tasks.length >= rules.limit) break
    if (margin + doubted < 0) continue
    const indices = missing.filter((shard) => isDue(shard, margin, rules)).map(({ index }) => index)
    if (indices.length > 0) tasks.push({ kind: 'rebuild', hex, indices, margin, lossProbability })
  }
  return tasks
}

function isDue({ cause, silent }: MissingShard, margin: number, { rebuildAfterMs, isWarm, silenceOf }: RepairRules): boolean {
  if (cause === 'silent') return margin === 0 || silent.every((peer) => silenceOf(peer) >= rebuildAfterMs)
  return cause === 'certain' || isWarm
}
