/**
 * The owner's order that a set is asked for leaves only: no watermark of it is asked any more. Given before the set is shared, since a
 * grantee learns the places of its watermarks. It is never taken back: what somebody has learned he knows.
 *
 * @module
 */
import { z } from 'zod'
import { hash, name, publicKey, timeMs } from '../model/fields.ts'
import type { DocumentKind } from './signed.ts'

export const leavesOnlySchema = z.object({ network: name, owner: publicKey, segment: hash, /** By the owner's clock. */ orderedMs: timeMs })
export type LeavesOnlyOrder = z.infer<typeof leavesOnlySchema>
export const LEAVES_ONLY: DocumentKind<LeavesOnlyOrder> = { kind: 'leaves-only', schema: leavesOnlySchema }
