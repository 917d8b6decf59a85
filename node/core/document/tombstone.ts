/**
 * The owner's order to delete sets. Kept for as long as a provider could come back with a shard of them.
 *
 * @module
 */
import { z } from 'zod'
import { hash, name, publicKey, timeMs } from '../model/fields.ts'
import type { DocumentKind } from './signed.ts'

export const tombstoneSchema = z.object({ network: name, owner: publicKey, segment: hash, deletedMs: timeMs })
export type Tombstone = z.infer<typeof tombstoneSchema>
export const TOMBSTONE: DocumentKind<Tombstone> = { kind: 'tombstone', schema: tombstoneSchema }
