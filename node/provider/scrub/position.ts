/**
 * How far the pass under way has come, in the index: a restart goes on there.
 *
 * @module
 */
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { hash, timeMs, utf8 } from '@lunarx/core/model'
import type { KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'

const KEY = utf8('v')

const positionSchema = z.object({
  /** When the pass began. */
  startedMs: timeMs,
  /** The last shard that was read; null: none yet. */
  after: z.object({ segment: hash, index: z.number().int().min(0).max(254) }).nullable(),
  isDone: z.boolean(),
})
export type Position = z.infer<typeof positionSchema>

export async function readPosition(index: KeyValueStore): Promise<Position | undefined> {
  const value = await index.get(KEY)
  return value && parseBytes(positionSchema, value)
}

export async function writePosition(index: KeyValueStore, position: Position): Promise<void> {
  await index.write([{ put: KEY, value: encodeBytes(position) }])
}

/** Share of all segment ids that lie before this position, 0 to 1: ids are hashes, so it is the share of the shards. */
export function doneShare({ after, isDone }: Position): number {
  if (isDone) return 1
  if (!after) return 0
  return new DataView(after.segment.buffer, after.segment.byteOffset).getUint32(0) / 2 ** 32
}

/** The pass that was not done goes on; after one that was done, another begins when it has rested. A clock that was set back is made good. */
export function nextPass(kept: Position | undefined, nowMs: number, restMs: number): Position {
  if (!kept) return { startedMs: nowMs, after: null, isDone: false }
  const startedMs = Math.min(kept.startedMs, nowMs)
  const isOver = kept.isDone && nowMs - startedMs >= restMs
  return isOver ? { startedMs: nowMs, after: null, isDone: false } : { ...kept, startedMs }
}
