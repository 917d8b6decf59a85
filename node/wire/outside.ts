/**
 * Where peers are reached from outside of their cluster. Any tracker answers, from what the operator wrote down.
 *
 * @module
 */
import { LIMITS, outsideAddress, peerAddress } from '@lunarx/core/model'
import { z } from 'zod'
import { exchange } from './exchange.ts'

export const findOutside = exchange({
  name: 'find-outside',
  channel: 'control',
  askers: ['client', 'verifier'],
  /** As peers inside name them. */
  question: z.object({ hosts: z.array(peerAddress.shape.host).min(1).max(LIMITS.outsideAsked) }),
  /** In the order of the question; null: not reached from outside, or not yet. */
  answer: z.object({ at: z.array(outsideAddress.nullable()).max(LIMITS.outsideAsked) }),
})
