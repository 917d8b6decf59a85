/**
 * Volumes that are smaller than their pool wants, for as long as they are: `volumes.json`, beside the run config that all pods of the pool
 * share.
 *
 * @module
 */
import { z } from 'zod'
import { count } from '../model/fields.ts'

/** `room`: `host` of a provider, as its run config states it → bytes of shards that there is room for. */
export const volumeRoomSchema = z.object({ room: z.record(z.string(), count) })
export type VolumeRoom = z.infer<typeof volumeRoomSchema>
