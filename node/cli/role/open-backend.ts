/**
 * The backend of a provider, as its run config says. What a kind needs is loaded only when it is asked for.
 *
 * @module
 */
import type { Backend } from '@lunarx/core/membership'
import { nameBackingStore } from '@lunarx/provider'
import type { Objects } from '@lunarx/runtime/objects'
import type { Platform } from '@lunarx/runtime/platform'

/** Asks the server nothing yet. @returns undefined: shards lie on the volume @throws {LunarError} BAD_CONFIG */
export async function openBackend(
  backend: Backend,
  { clock, random, metrics }: Pick<Platform, 'clock' | 'random' | 'metrics'>,
): Promise<Objects | undefined> {
  if (backend.kind === 'volume') return undefined
  if (backend.kind === 's3') {
    const { openS3 } = await import('@lunarx/runtime/objects/s3')
    return await openS3(backend, { clock, random, metrics })
  }
  const { openHdfs } = await import('@lunarx/runtime/objects/hdfs')
  return await openHdfs(backend, { clock, random, metrics })
}

/**
 * Which store this is, by the id object at the root of the bucket or of the HDFS: there the backend is opened without its folder.
 * @throws {LunarError} BAD_CONFIG, STORE_FAILED
 */
export async function askBackingStore(
  backend: Backend,
  platform: Pick<Platform, 'clock' | 'random' | 'metrics' | 'crypto'>,
): Promise<string | undefined> {
  if (backend.kind === 'volume') return undefined
  await using root = await openBackend({ ...backend, prefix: '' }, platform)
  return root && (await nameBackingStore(root, platform))
}
