/**
 * Which keys an operation works with: those of the present generation to write, those that wrapped a version to read it.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import type { OwnerKeys } from '@lunarx/core/keys'
import type { ObjectVersion } from '../manifest/index.ts'
import type { KeyringRow } from './keyring.ts'
import { unwrapContent } from './wrapping.ts'

export interface KeyedDeps {
  readonly keyring: KeyringRow
  readonly crypto: CryptoEngine
}

/** @throws {LunarError} NOT_ENOUGH_REPLICAS, WRONG_KEY */
export async function toWrite<T extends KeyedDeps>(deps: T, signal: AbortSignal): Promise<T & { readonly keys: OwnerKeys }> {
  return { ...deps, keys: await deps.keyring.keys(signal) }
}

/** @throws {LunarError} NOT_ENOUGH_REPLICAS, WRONG_KEY: no generation opens it */
export async function toRead<T extends KeyedDeps>(
  content: ObjectVersion['content'],
  deps: T,
  signal: AbortSignal,
): Promise<T & { readonly keys: OwnerKeys }> {
  const present = await deps.keyring.keys(signal)
  return { ...deps, keys: content.kind === 'sets' ? (await unwrapContent(content, present, deps.crypto)).keys : present }
}
