/**
 * The provider's signed word: what it was asked, by whom, and what it gave. Without it nobody could show others that a provider gave
 * wrong bytes; with it the provider can show that it gave right ones.
 *
 * What it says that it lacks is in it too: an honest loss is no wrong answer.
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine } from '../crypto/engine.ts'
import type { DocumentKind } from '../document/signed.ts'
import { utf8 } from '../model/bytes.ts'
import { count, fixedBytes, hash, name, peerId, timeMs } from '../model/fields.ts'
import { MAX_SWEPT } from './swept.ts'

const LEAF = utf8('lunarx/leaf-answer/1\0')
const ASKED = utf8('lunarx/sweep-asked/1\0')

const about = { network: name, verifier: peerId, provider: peerId, answeredMs: timeMs }

export const leafProofSchema = z.object({
  ...about,
  segment: hash,
  index: z.number().int().min(0).max(254),
  leaf: count,
  /** Of the challenge. */
  nonce: hash,
  /** {@link leafDigest} of what was given; null: the provider has not got it. */
  given: hash.nullable(),
})
export type LeafProof = z.infer<typeof leafProofSchema>
/** Signed by the provider. */
export const LEAF_PROOF: DocumentKind<LeafProof> = { kind: 'leaf-proof', schema: leafProofSchema }

export const sweepProofSchema = z.object({
  ...about,
  /** {@link sweptDigest} of the places that were asked for, in their order. */
  asked: hash,
  /** Of this challenge: the key of the digest. */
  key: hash,
  /** Shards, by place in the order asked, that the provider has not got: the digest is over the others. Ascending. */
  absent: z.array(count.max(MAX_SWEPT - 1)).max(MAX_SWEPT),
  /** `sweepAnswer` over what stands at the places. */
  given: fixedBytes(32),
})
export type SweepProof = z.infer<typeof sweepProofSchema>
/** Signed by the provider. */
export const SWEEP_PROOF: DocumentKind<SweepProof> = { kind: 'sweep-proof', schema: sweepProofSchema }

/** Binds leaf and path. */
export const leafDigest = (bytes: Uint8Array, path: readonly Uint8Array[], crypto: CryptoEngine): Uint8Array =>
  crypto.sha256(LEAF, bytes, ...path)

/** @param packed as `packSwept` makes it */
export const sweptDigest = (packed: Uint8Array, crypto: CryptoEngine): Uint8Array => crypto.sha256(ASKED, packed)
