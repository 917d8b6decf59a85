/**
 * commit: which shards of the set do their holders confirm now? Receipts are not asked: they say what was, for disputes.
 *
 * @module
 */
import { hasCode } from '@lunarx/core/model'
import { commit as commitExchange } from '@lunarx/wire'
import type { Trackers } from '../trackers/index.ts'
import type { SealedSet } from './seal.ts'

/** @returns indices confirmed; none when no tracker has heard of the set */
export async function commit(
  set: Pick<SealedSet, 'id'>,
  { trackers }: { readonly trackers: Trackers },
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  try {
    const { held } = await trackers.ask(commitExchange, { segment: set.id }, { about: set.id, signal })
    return new Set(held)
  } catch (error) {
    if (hasCode(error, 'UNKNOWN_SET')) return new Set()
    throw error
  }
}
