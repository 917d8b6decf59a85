/**
 * What a network may take, whatever room its providers have.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Fleet } from '../fleet/index.ts'

/**
 * Of new shards: repairs and what is stored already are not asked. Trackers promise side by side, each counting what it promised itself
 * and what providers told with their last heartbeats: the quota may be exceeded by what others promised since.
 * @param bytes of the shards to place
 * @param quotaBytes infinite: none
 * @throws {LunarError} NO_ROOM
 */
export function assertWithinQuota(bytes: number, quotaBytes: number, { takenBytes }: Pick<Fleet, 'takenBytes'>): void {
  if (bytes === 0 || takenBytes + bytes <= quotaBytes) return
  throw new LunarError('NO_ROOM', 'the network has used up its quota', {
    detail: { reason: 'quota', quotaBytes, takenBytes, wantedBytes: bytes },
  })
}
