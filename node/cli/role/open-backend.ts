/**
 * The backend of a provider, as its run config says. What a kind needs is loaded only when it is asked for.
 *
 * @module
 */
import type { Backend } from '@lunarx/core/membership'
import type { Objects } from '@lunarx/runtime/objects'
import type { Platform } from '@lunarx/runtime/platform'

/** Asks the server nothing yet. @returns undefined: shards lie on the volume @throws {LunarError} BAD_CONFIG */
export async function openBackend(
  backend: Backend,
  { clock, random, metrics }: Pick<Platform, 'clock' | 'random' | 'metrics'>,
): Promise<Objects | undefined> {
  switch (backend.kind) {
    case 'volume':
      return undefined
    case 's3': {
      const { openS3 } = await import('@lunarx/runtime/objects/s3')
      return await openS3(backend, { clock, random, metrics })
    }
    case 'hdfs': {
      const { openHdfs } = await import('@lunarx/runtime/objects/hdfs')
      return await openHdfs(backend, { clock, random, metrics })
    }
  }
}
