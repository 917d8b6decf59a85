/**
 * Brings index and files together after a crash, or when the index was lost. The files are the truth; tombstones alone let a file go.
 *
 * - a file without entry: entered (the index was lost, or the crash came between the two), or removed if its owner deleted it
 * - an entry without file: dropped, so that the trackers learn of the loss
 * - a file that cannot be read: left where it is, and not entered
 *
 * The provider may serve meanwhile: what differs is looked at once more when nobody else can change the set.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'

import { PROVIDER_LIMITS } from '../limits.ts'
import type { ShardKey, ShardStore } from '../store/index.ts'
import type { Catalog, FoundSet } from './catalog.ts'
import { inLanes } from './lanes.ts'

export interface CheckDeps {
  readonly catalog: Catalog
  readonly store: ShardStore
  readonly log: Log
  /** Makes a shard that was found one that is held. */
  readonly enter: (key: ShardKey, set: FoundSet) => Promise<void>
  /** Called between two folders, so that others have their turn. @throws to end the check */
  readonly rest: () => Promise<void>
}

export interface CheckReport {
  readonly entered: number
  readonly dropped: number
  readonly removed: number
  readonly damaged: number
}

type Verdict = keyof CheckReport | 'settled'

const nameOf = ({ segment, index }: ShardKey): string => `${hexOf(segment)}.${index}`

export async function checkShards(deps: CheckDeps): Promise<CheckReport> {
  const { catalog, store, log, rest } = deps
  const report = { entered: 0, dropped: 0, removed: 0, damaged: 0, settled: 0 }
  for (let firstByte = 0; firstByte < 256; firstByte++) {
    const files = new Map((await store.list(firstByte)).map((key) => [nameOf(key), key]))
    const odd: ShardKey[] = []
    for await (const { key } of catalog.withFirstByte(firstByte)) if (!files.delete(nameOf(key))) odd.push(key)
    await inLanes([...odd, ...files.values()], PROVIDER_LIMITS.checkedAtOnce, async (key) => {
      report[await catalog.inTurn(hexOf(key.segment), () => settle(key, deps))]++
    })
    await rest()
  }
  const { settled: _, ...found } = report
  if (Object.values(found).some((shards) => shards > 0)) log.warn('index and shard files differed', found)
  return found
}

async function settle(key: ShardKey, { catalog, store, log, enter }: CheckDeps): Promise<Verdict> {
  try {
    const isEntered = await catalog.has(key)
    await using shard = await store.open(key)
    if (shard && isEntered) return 'settled'
    if (isEntered) {
      await catalog.drop(key)
      return 'dropped'
    }
    if (!shard) return 'settled'
    if (await catalog.isBuried(key.segment, shard.record.owner)) {
      await store.remove(key)
      return 'removed'
    }
    await enter(key, shard.record)
    return 'entered'
  } catch (error) {
    log.error('a shard file cannot be read', { shard: nameOf(key), error })
    return 'damaged'
  }
}
