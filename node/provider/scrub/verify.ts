/**
 * One shard, read whole: are its bytes, its leaf hashes and its record those that its owner signed?
 *
 * Changes nothing. A store that does not answer is no finding: it throws.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { openDocument, SEGMENT_RECORD } from '@lunarx/core/document'
import { AddressHasher } from '@lunarx/core/merkle'
import { equalBytes, hasCode, LunarError } from '@lunarx/core/model'
import type { OpenShard, ShardKey, ShardStore } from '../store/index.ts'

export interface VerifyDeps {
  readonly store: Pick<ShardStore, 'open'>
  readonly crypto: CryptoEngine
}

/** gone: there is no file. */
export type Finding = 'sound' | 'damaged' | 'gone'

/** What a disk answers for a place that it cannot read any more, or whose check sum is wrong. */
const UNREADABLE: readonly unknown[] = ['EIO', 'EUCLEAN', 'EBADMSG']

/**
 * @param onChunk called between two chunks with the bytes that were read
 * @throws {LunarError} STORE_FAILED; what `onChunk` throws
 */
export async function verifyShard(
  key: ShardKey,
  { store, crypto }: VerifyDeps,
  onChunk: (readBytes: number) => Promise<void> = async () => undefined,
): Promise<Finding> {
  try {
    await using shard = await store.open(key)
    if (!shard) return 'gone'
    const hasher = new AddressHasher(crypto)
    const buffer = new Uint8Array(Math.min(shard.pieceBytes, shard.record.shardBytes))
    while (hasher.sizeBytes < shard.record.shardBytes) {
      const wanted = Math.min(buffer.length, shard.record.shardBytes - hasher.sizeBytes)
      const read = await shard.read(buffer.subarray(0, wanted), hasher.sizeBytes)
      if (read === 0) return 'damaged'
      hasher.update(buffer.subarray(0, read))
      await onChunk(read)
    }
    return (await isSound(key, shard, hasher, crypto)) ? 'sound' : 'damaged'
  } catch (error) {
    if (isDamage(error)) return 'damaged'
    throw error
  }
}

/** The failure is one of this shard, not of the store. */
export function isDamage(error: unknown): boolean {
  if (hasCode(error, 'SHARD_DAMAGED')) return true
  return error instanceof LunarError && error.code === 'STORE_FAILED' && UNREADABLE.includes(error.detail['system'])
}

async function isSound(key: ShardKey, shard: OpenShard, hasher: AddressHasher, crypto: CryptoEngine): Promise<boolean> {
  const address = shard.record.addresses[key.index]
  if (!address || !equalBytes(hasher.digest(), address)) return false
  const [kept, found] = [await shard.leafHashes(), hasher.leafHashes()]
  if (kept.length !== found.length || !found.every((hash, leaf) => equalBytes(hash, kept[leaf] ?? new Uint8Array()))) return false
  return isSigned(shard, crypto)
}

function isSigned({ document }: OpenShard, crypto: CryptoEngine): boolean {
  try {
    openDocument(SEGMENT_RECORD, document, ({ owner }) => owner, crypto)
    return true
  } catch (error) {
    if (!hasCode(error, 'BAD_MESSAGE', 'BAD_SIGNATURE')) throw error
    return false
  }
}
