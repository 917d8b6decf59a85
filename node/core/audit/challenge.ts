/**
 * Questions and answers as signed documents, so that whoever was not there can judge them too.
 *
 * @module
 */
import { z } from 'zod'
import type { DocumentKind } from '../document/signed.ts'
import { count, fixedBytes, hash, maxBytes, name, peerId, timeMs } from '../model/fields.ts'
import { LIMITS } from '../model/limits.ts'
import { SWEEP_BATCH, SWEEP_ENTRY_BYTES } from './rates.ts'

/** Hashes in the path of one leaf of the largest shard that a record can state. */
const PATH_HASHES = 64

/**
 * Why a leaf is asked: by the draw; at the place of a watermark that was not proved; in containment. What a set's owner has asked, since its
 * holder does not give it, says `draw` like what a person orders: a holder that could tell would answer only the others.
 */
export const askedFor = z.enum(['draw', 'place', 'containment'])
export type AskedFor = z.infer<typeof askedFor>

/** One leaf of one shard, asked by the verifier that the beacon drew. Signed by it. */
export const leafChallengeSchema = z.object({
  network: name,
  provider: peerId,
  verifier: peerId,
  /** Of the beacon, and which draw of it; with `askedFor` other than `draw`: of the draw or sweep that led to it. */
  round: count,
  sequence: count,
  askedFor,
  segment: hash,
  /** Of the shard in its set. */
  index: z.number().int().min(0).max(254),
  leaf: count,
  askedMs: timeMs,
})
export type LeafChallenge = z.infer<typeof leafChallengeSchema>
export const LEAF_CHALLENGE: DocumentKind<LeafChallenge> = { kind: 'leaf-challenge', schema: leafChallengeSchema }

/** The leaf whole, and its path. */
export const leafProof = z.object({ bytes: maxBytes(LIMITS.leafBytes), path: z.array(hash).max(PATH_HASHES) })

/**
 * The provider's answer. It looks before it signs: a leaf that does not fit its path is answered by null, which says "I have lost it".
 * Only who signs a leaf that does not fit can be debited.
 */
export const leafAnswerSchema = z.object({
  /** Id of the challenge: an old answer is of another one. */
  challenge: hash,
  proof: leafProof.nullable(),
  answeredMs: timeMs,
})
export type LeafAnswer = z.infer<typeof leafAnswerSchema>
export const LEAF_ANSWER: DocumentKind<LeafAnswer> = { kind: 'leaf-answer', schema: leafAnswerSchema }

/** Up to {@link SWEEP_BATCH} places of one provider. Signed by the verifier. */
export const sweepChallengeSchema = z.object({
  network: name,
  provider: peerId,
  verifier: peerId,
  /** Of the sweep: sweepRound. */
  round: count,
  /** Id of the ticket by which the slot committed to the answer. */
  ticket: hash,
  /** Of the answer's HMAC, drawn for this challenge. */
  key: fixedBytes(32),
  /** {@link SweepEntry} one after another. */
  entries: maxBytes(SWEEP_BATCH * SWEEP_ENTRY_BYTES),
  askedMs: timeMs,
})
export type SweepChallenge = z.infer<typeof sweepChallengeSchema>
export const SWEEP_CHALLENGE: DocumentKind<SweepChallenge> = { kind: 'sweep-challenge', schema: sweepChallengeSchema }

/** Signed by the provider: the digest over the entries from … until. The whole batch first, parts of it where that does not fit. */
export const sweepAnswerSchema = z.object({
  challenge: hash,
  from: count,
  until: count,
  digest: hash,
  /** Shards of the part that it has lost, by place in the batch; their codes count as sixteen zeros. */
  lost: z.array(count).max(SWEEP_BATCH),
  answeredMs: timeMs,
})
export type SweepAnswer = z.infer<typeof sweepAnswerSchema>
export const SWEEP_ANSWER: DocumentKind<SweepAnswer> = { kind: 'sweep-answer', schema: sweepAnswerSchema }

/** Ten bytes name a set among those of one provider; who finds two such sets takes the one whose id is less. */
export const ENTRY_SEGMENT_BYTES = 10

/** One shard in a sweep, 16 bytes: first bytes of its segment ‖ index, 1 ‖ offset of the 16 bytes that are asked, 5. */
export interface SweepEntry {
  /** {@link ENTRY_SEGMENT_BYTES}; longer ids are cut. */
  readonly segment: Uint8Array
  readonly index: number
  readonly offset: number
}

export function packEntries(entries: readonly SweepEntry[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * SWEEP_ENTRY_BYTES)
  const view = new DataView(bytes.buffer)
  entries.forEach(({ segment, index, offset }, i) => {
    const at = i * SWEEP_ENTRY_BYTES
    bytes.set(segment.subarray(0, ENTRY_SEGMENT_BYTES), at)
    view.setUint8(at + ENTRY_SEGMENT_BYTES, index)
    view.setUint8(at + ENTRY_SEGMENT_BYTES + 1, Math.floor(offset / 2 ** 32))
    view.setUint32(at + ENTRY_SEGMENT_BYTES + 2, offset % 2 ** 32)
  })
  return bytes
}

/** Inverse of {@link packEntries}. A last entry that is not whole is left out. */
export function unpackEntries(bytes: Uint8Array): SweepEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: Math.floor(bytes.length / SWEEP_ENTRY_BYTES) }, (_, i) => {
    const at = i * SWEEP_ENTRY_BYTES
    return {
      segment: bytes.subarray(at, at + ENTRY_SEGMENT_BYTES),
      index: view.getUint8(at + ENTRY_SEGMENT_BYTES),
      offset: view.getUint8(at + ENTRY_SEGMENT_BYTES + 1) * 2 ** 32 + view.getUint32(at + ENTRY_SEGMENT_BYTES + 2),
    }
  })
}
