/**
 * Which store is this? An object at the root of a bucket or of an HDFS, made once by the first provider that comes, says so to all: by
 * whatever address they reach it, under whatever folder they keep their shards. So a store with two names counts once.
 *
 * Two buckets of one server are two stores, as far as anybody can see from inside; whoever knows better puts the same object into both.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { hexOf, utf8 } from '@lunarx/core/model'
import type { Objects } from '@lunarx/runtime/objects'
import type { Random } from '@lunarx/runtime/random'

/** Name of the id object. */
export const ID_OBJECT = 'lunarx-store'
const ID_BYTES = 16

/**
 * @param root the bucket or the HDFS root itself, not a folder of a provider
 * @returns what providers report: 32 hex digits (SHA-256 of the id object, cut)
 * @throws {LunarError} STORE_FAILED: the root cannot be read, or written where there is no id object yet
 */
export async function nameBackingStore(
  root: Objects,
  { random, crypto }: { readonly random: Random; readonly crypto: CryptoEngine },
): Promise<string> {
  const id = await root.claim(ID_OBJECT, utf8(`${hexOf(random.bytes(ID_BYTES))}\n`))
  return hexOf(crypto.sha256(id)).slice(0, 2 * ID_BYTES)
}
