/**
 * retain: the owner's keep is remembered beside the shard, which from then on goes on a tombstone only.
 *
 * @module
 */
import { KEEP, openDocument, type SignedDocument } from '@lunarx/core/document'
import { hexOf, LunarError } from '@lunarx/core/model'
import type { DiscardDeps } from '../remove/index.ts'

/**
 * Says for each keep whether a shard of its set is here, and the owner that of the set; then the keep is durable.
 * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK: then those before the bad one are done
 */
export async function retainShards(
  keeps: readonly SignedDocument[],
  { network, catalog, crypto }: Pick<DiscardDeps, 'network' | 'catalog' | 'crypto'>,
): Promise<boolean[]> {
  const retained: boolean[] = []
  for (const document of keeps) {
    const { network: named, segment, owner } = openDocument(KEEP, document, (keep) => keep.owner, crypto)
    if (named !== network) throw new LunarError('UNKNOWN_NETWORK', 'the keep is of another network', { detail: { network: named } })
    retained.push(await catalog.inTurn(hexOf(segment), () => catalog.keeps.take(segment, owner, document)))
  }
  return retained
}
