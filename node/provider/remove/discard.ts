/**
 * discard: a shard goes when its owner's tombstone says so. The tombstone is remembered: the shard never comes back.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { openDocument, TOMBSTONE, type SignedDocument, type Tombstone } from '@lunarx/core/document'
import { equalBytes, hexOf, LunarError } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { Catalog } from '../catalog/index.ts'
import type { ShardKey, ShardStore } from '../store/index.ts'
import { dropShard } from './drop-shard.ts'

export interface DiscardDeps {
  /** Name of the network. */
  readonly network: string
  readonly catalog: Catalog
  readonly store: ShardStore
  readonly crypto: CryptoEngine
  readonly log: Log
}

/**
 * Removes what these tombstones name. Durable when it resolves.
 * @returns shards removed
 * @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE, UNKNOWN_NETWORK: then those before the bad one are done
 */
export async function discardShards(tombstones: readonly SignedDocument[], deps: DiscardDeps): Promise<number> {
  let removed = 0
  for (const document of tombstones) {
    const tombstone = openDocument(TOMBSTONE, document, ({ owner }) => owner, deps.crypto)
    if (tombstone.network !== deps.network)
      throw new LunarError('UNKNOWN_NETWORK', 'the tombstone is of another network', { detail: { network: tombstone.network } })
    removed += await deps.catalog.inTurn(hexOf(tombstone.segment), () => bury(tombstone, document, deps))
  }
  return removed
}

/** Remembered under segment and owner: a stranger's tombstone is harmless, it stops nobody else's shard. */
async function bury({ segment, owner }: Tombstone, document: SignedDocument, deps: DiscardDeps): Promise<number> {
  const { catalog } = deps
  const burial = catalog.bury(segment, owner, document)
  let removed = 0
  for (const key of await catalog.ofSegment(segment)) {
    if (!(await isOwnedBy(key, owner, deps))) continue
    await dropShard(key, [burial], deps)
    removed++
  }
  if (removed === 0 && !(await catalog.isBuried(segment, owner))) await catalog.write([burial])
  return removed
}

async function isOwnedBy(key: ShardKey, owner: Uint8Array, { store, log }: DiscardDeps): Promise<boolean> {
  await using shard = await store.open(key)
  const isOwner = shard !== undefined && equalBytes(shard.record.owner, owner)
  if (shard && !isOwner) log.warn('a tombstone of somebody else was left aside', { segment: key.segment, owner })
  return isOwner
}
