/**
 * Which generation of an owner's keys wraps the data key of a content, and wrapping it anew.
 *
 * @module
 */
import { unwrapDataKey, wrapDataKey, type CryptoEngine } from '@lunarx/core/crypto'
import type { OwnerKeys } from '@lunarx/core/keys'
import { hasCode, LunarError } from '@lunarx/core/model'
import type { Random } from '@lunarx/runtime/random'
import type { ObjectVersion, StoredSets } from '../manifest/index.ts'

interface Unwrapped {
  readonly dataKey: Uint8Array
  /** The keys that opened it. */
  readonly keys: OwnerKeys
}

/** From the present generation back. @throws {LunarError} WRONG_KEY: none of them opens it */
export async function unwrapContent(content: StoredSets, present: OwnerKeys, crypto: CryptoEngine): Promise<Unwrapped> {
  for (let generation = present.generation; generation >= 0; generation--) {
    const keys = present.at(generation)
    try {
      return { keys, dataKey: await unwrapDataKey(keys.wrappingKey, content.wrappedDataKey, content.keyCommitment, crypto) }
    } catch (error) {
      if (!hasCode(error, 'WRONG_KEY')) throw error
    }
  }
  throw new LunarError('WRONG_KEY', 'no generation of the owner’s keys opens this data key', { detail: { generation: present.generation } })
}

/** The same versions, their data keys wrapped by this key. @throws {LunarError} WRONG_KEY */
export async function rewrapVersions(
  versions: readonly ObjectVersion[],
  present: OwnerKeys,
  wrappingKey: Uint8Array,
  { random, crypto }: { readonly random: Random; readonly crypto: CryptoEngine },
): Promise<ObjectVersion[]> {
  const rewrapped: ObjectVersion[] = []
  for (const version of versions) {
    const { content } = version
    if (content.kind !== 'sets') {
      rewrapped.push(version)
      continue
    }
    const { dataKey } = await unwrapContent(content, present, crypto)
    const wrappedDataKey = await wrapDataKey(wrappingKey, dataKey, random.bytes(12), crypto)
    rewrapped.push({ ...version, content: { ...content, wrappedDataKey } })
  }
  return rewrapped
}
