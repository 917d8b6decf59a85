/**
 * What `lunarx admin` prints: the answer of the tracker in whose pod it runs, for `kubectl lunarx`, which has no credential of the network.
 *
 * @module
 */
import { peerId } from '@lunarx/core/model'
import { z } from 'zod'
import { ADMIN } from './admin.ts'

/** Requests of the admin API that every credential of the network may make. */
export type OpenRequest = {
  [K in keyof typeof ADMIN]: (typeof ADMIN)[K]['operator'] extends false ? K : never
}[keyof typeof ADMIN]

const isOpen = (name: string): name is OpenRequest => name in ADMIN && !ADMIN[name as keyof typeof ADMIN].operator

export const OPEN_REQUESTS: readonly OpenRequest[] = Object.keys(ADMIN).filter(isOpen)

export interface OwnAnswer<K extends OpenRequest> {
  /** Who answers. */
  readonly tracker: string
  readonly answer: z.infer<(typeof ADMIN)[K]['response']>
}

/** Of one line of JSON. */
export const ownAnswer = <K extends OpenRequest>(name: K): z.ZodType<OwnAnswer<K>> =>
  z.object({ tracker: peerId, answer: ADMIN[name].response }) as unknown as z.ZodType<OwnAnswer<K>>
