/**
 * Epoch documents: anyone may ask; trackers are told by the operator (admin API) and pass them on.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { z } from 'zod'
import { exchange } from './exchange.ts'

const askers = ['client', 'provider', 'tracker', 'verifier', 'operator'] as const

/** The last two epochs the peer holds, newest first. */
export const readEpochs = exchange({
  name: 'read-epochs',
  channel: 'data',
  askers,
  question: z.object({}),
  answer: z.object({ epochs: z.array(signedDocument).max(2) }),
})

/** Take this epoch if it is newer than yours. */
export const announceEpoch = exchange({
  name: 'announce-epoch',
  channel: 'data',
  askers: ['tracker', 'provider', 'operator'],
  question: z.object({ epoch: signedDocument }),
  answer: z.object({ number: z.number().int().min(0) }),
})
