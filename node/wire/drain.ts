/**
 * The order to drain a provider, or to stop that: the newest one counts, wherever it is heard of.
 *
 * @module
 */
import { count } from '@lunarx/core/model'
import { z } from 'zod'

export const drainOrder = z.object({
  /** Grows with every order; 0: there never was one. */
  revision: count,
  /** It gets no new shards, and what it holds is copied to others. */
  isDraining: z.boolean(),
})
export type DrainOrder = z.infer<typeof drainOrder>

export const NO_DRAIN: DrainOrder = { revision: 0, isDraining: false }
