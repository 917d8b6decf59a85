/**
 * What the API server will not do for us for as long as nothing else changes: a quota is reached, a policy or a webhook forbids it, a
 * field or the name will not do. Told in a status and tried again at intervals; whatever else fails is thrown and tried again at once.
 *
 * @module
 */
import { hasCode } from '@lunarx/core/model'
import { ApiError } from '../kube/index.ts'
import type { Obstacle } from './pool-status.ts'

/** Quotas become free, and policies and StorageClasses change, without a word to us. */
export const REFUSED_AGAIN_MS = 30_000

/** A webhook that gives no status refuses by 400. */
const REFUSING = [400, 403, 422]
/** Said by status 500: no node port is free, a webhook does not answer. */
const REFUSING_WORDS = /node ?port|failed calling webhook/i

export const isRefused = (error: unknown): error is Error =>
  hasCode(error, 'NAME_TAKEN') ||
  (error instanceof ApiError && (REFUSING.includes(error.status) || (error.status === 500 && REFUSING_WORDS.test(error.message))))

/** The refusal, in the words of the server. @throws what is none */
export function refusalOf(error: unknown): Obstacle {
  if (!isRefused(error)) throw error
  return { reason: hasCode(error, 'NAME_TAKEN') ? 'NameTaken' : 'ObjectRefused', message: error.message }
}

/** The refusal with which it ended; undefined: it was done. @throws what is none */
export const unlessRefused = (work: Promise<unknown>): Promise<Obstacle | undefined> => work.then(() => undefined, refusalOf)
