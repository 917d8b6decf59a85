/**
 * At every start: brings index and files together. The files are the truth; tombstones alone let a file go.
 *
 * - a file without entry: entered (the index was lost, or the crash came between the two), or removed if its owner deleted it
 * - an entry without file: dropped, so that the trackers learn of the loss at once
 * - a file that cannot be read: left where it is, and not entered
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { ShardKey, ShardStore } from '../store/index.ts'
import type { Catalog } from './catalog.ts'

export interface CheckDeps {
  readonly catalog: Catalog
  readonly store: ShardStore
  readonly log: Log
}

export interface CheckReport {
  readonly entered: number
  readonly dropped: number
  readonly removed: number
  readonly damaged: number
}

const nameOf = ({ segment, index }: ShardKey): string => `${hexOf(segment)}.${index}`

export async function checkShards(deps: CheckDeps): Promise<CheckReport> {
  const report = { entered: 0, dropped: 0, removed: 0, damaged: 0 }
  for (let firstByte = 0; firstByte < 256; firstByte++) {
    const files = new Map((await deps.store.list(firstByte)).map((key) => [nameOf(key), key]))
    for (const { key } of await deps.catalog.withFirstByte(firstByte)) {
      if (files.delete(nameOf(key))) continue
      await deps.catalog.drop(key)
      report.dropped++
    }
    for (const key of files.values()) report[await enter(key, deps)]++
  }
  if (Object.values(report).some((count) => count > 0)) deps.log.warn('index and shard files differed', report)
  return report
}

async function enter(key: ShardKey, { catalog, store, log }: CheckDeps): Promise<'entered' | 'removed' | 'damaged'> {
  try {
    await using shard = await store.open(key)
    if (!shard) return 'removed'
    if (await catalog.isBuried(key.segment, shard.record.owner)) {
      await store.remove(key)
      return 'removed'
    }
    await catalog.add(key, shard.record.shardBytes)
    return 'entered'
  } catch (error) {
    log.error('a shard file cannot be read', { shard: nameOf(key), error })
    return 'damaged'
  }
}
