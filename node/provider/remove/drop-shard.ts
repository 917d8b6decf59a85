/**
 * Entry and file of a shard go, in this order: a file without an entry is found at the next start, an entry without a file would be
 * a promise that cannot be kept.
 *
 * @module
 */
import { hasCode } from '@lunarx/core/model'
import type { Change } from '@lunarx/runtime/store'
import type { Catalog } from '../catalog/index.ts'
import type { ShardKey, ShardStore } from '../store/index.ts'

export interface DropDeps {
  readonly catalog: Catalog
  readonly store: ShardStore
}

/**
 * On a full volume even the note of a removal may find no room: then the file goes first, and the next start drops its entry.
 * @param also changes made together with the end of the entry
 */
export async function dropShard(key: ShardKey, also: readonly Change[], { catalog, store }: DropDeps): Promise<void> {
  try {
    await catalog.drop(key, also)
  } catch (error) {
    if (!hasCode(error, 'FULL')) throw error
    await store.remove(key)
    await catalog.drop(key, also)
  }
  await store.remove(key)
}
