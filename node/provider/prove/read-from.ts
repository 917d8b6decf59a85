/**
 * Reads something from a shard that is held: undefined where it is not here, or cannot be read as it should be. Then the scrub looks
 * at it, and drops it if it is damaged, so that the trackers learn of the loss whoever asked.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import type { PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import type { Catalog } from '../catalog/index.ts'
import { isDamage } from '../scrub/index.ts'
import type { OpenShard, ShardKey, ShardStore } from '../store/index.ts'
import type { Transfers } from '../transfers.ts'
import type { ProveCounts } from './counts.ts'
import type { ProveLimits } from './prove-limits.ts'

export interface ProveDeps {
  readonly network: string
  readonly self: PeerId
  readonly signKey: SignKey
  readonly crypto: CryptoEngine
  readonly clock: Clock
  readonly catalog: Catalog
  readonly store: ShardStore
  readonly transfers: Transfers
  readonly limits: ProveLimits
  readonly counts: ProveCounts
  /** Told of a shard that could not be read as it should be. */
  readonly suspect: (key: ShardKey) => void
}

/** @throws {LunarError} STOPPING; STORE_FAILED: the store does not answer, which says nothing of the shard; what `read` throws */
export async function readFrom<T extends object>(
  key: ShardKey,
  { catalog, store, transfers, suspect }: ProveDeps,
  read: (shard: OpenShard) => Promise<T | 'wrong'>,
): Promise<T | undefined> {
  transfers.refuseWhenStopping()
  if (!(await catalog.has(key))) return undefined
  try {
    await using shard = await store.open(key)
    const found = shard ? await read(shard) : 'wrong'
    if (found !== 'wrong') return found
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  suspect(key)
  return undefined
}
