/**
 * Who may retrieve a shard: the holder of the set's read key (ReadRequest, signed by it), or a tracker (Grant, signed by
 * its peer key). Both name the peer that asks, so that a copy is of no use to another.
 *
 * @module
 */
import { z } from 'zod'
import { hash, peerId, timeMs } from '../model/fields.ts'
import type { DocumentKind } from './signed.ts'

const scope = { segment: hash, index: z.number().int().min(0).max(254), reader: peerId, expiresMs: timeMs }

export const readRequestSchema = z.object(scope)
export type ReadRequest = z.infer<typeof readRequestSchema>
export const READ_REQUEST: DocumentKind<ReadRequest> = { kind: 'read-request', schema: readRequestSchema }

export const grantSchema = z.object({ ...scope, tracker: peerId, purpose: z.enum(['repair', 'challenge', 'give-way']) })
export type Grant = z.infer<typeof grantSchema>
export const GRANT: DocumentKind<Grant> = { kind: 'grant', schema: grantSchema }
