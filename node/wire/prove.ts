/**
 * prove-leaf and prove-sweep: a verifier asks a provider to show that it has what it says to hold. Every answer is signed.
 *
 * Trackers ask, by their credential; nobody else may: with leaves on demand a provider could fetch from others what it lacks.
 *
 * @module
 */
import { signedDocument } from '@lunarx/core/document'
import { count, hash, LIMITS, maxBytes } from '@lunarx/core/model'
import { MAX_SWEPT, SWEPT_BYTES } from '@lunarx/core/proof'
import { z } from 'zod'
import { exchange } from './exchange.ts'

/** Hashes on the path of one leaf, at most. */
const MAX_PATH = 64

/** A leaf of a shard that was drawn by chance, and its path to the address. */
export const proveLeaf = exchange({
  name: 'prove-leaf',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 30_000,
  question: z.object({
    segment: hash,
    index: z.number().int().min(0).max(254),
    leaf: count,
    /** Of this challenge, so that no answer serves twice. */
    nonce: hash,
  }),
  answer: z.object({
    /** A LEAF_PROOF over what follows. */
    proof: signedDocument,
    /** Null: the provider has not got it (any more). */
    given: z.object({ bytes: maxBytes(LIMITS.leafBytes), path: z.array(hash).max(MAX_PATH) }).nullable(),
  }),
})

/** One watermark of each of many shards, answered by one digest. */
export const proveSweep = exchange({
  name: 'prove-sweep',
  channel: 'data',
  askers: ['tracker'],
  timeoutMs: 300_000,
  question: z.object({
    /** `packSwept`. */
    asked: maxBytes(MAX_SWEPT * SWEPT_BYTES).refine(
      (packed) => packed.length > 0 && packed.length % SWEPT_BYTES === 0,
      'not whole places of watermarks',
    ),
    /** Random, for this challenge: keys the digest. */
    key: hash,
  }),
  answer: z.object({
    /** A SWEEP_PROOF: the digest is in it. */
    proof: signedDocument,
  }),
})
