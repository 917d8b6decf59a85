/**
 * What a network may take at most: `quota.json`, beside the configuration of the network.
 *
 * @module
 */
import { z } from 'zod'
import { count } from '../model/fields.ts'

/** `storageBytes`: of the shards that its providers hold, parity and backup copies among them. */
export const quotaSchema = z.object({ storageBytes: count })
export type Quota = z.infer<typeof quotaSchema>
