/**
 * The segment record: what an erasure set is, signed by its owner before anything is stored. Says nothing of placement but whether it
 * is a backup copy, which lies on pools of its own; not of what.
 *
 * Its id is the segment id: the ring key, in every shard header, what `locate` takes.
 *
 * @module
 */
import { z } from 'zod'
import { count, hash, name, publicKey, salt, timeMs } from '../model/fields.ts'
import { LIMITS } from '../model/limits.ts'
import type { DocumentKind } from './signed.ts'

export const segmentRecordSchema = z.object({
  network: name,
  /** Ed25519 key of the owner, who signs this record and its tombstone. */
  owner: publicKey,
  className: name,
  /** k */
  required: z.number().int().min(1).max(254),
  /** m */
  parity: z.number().int().min(1).max(254),
  /** d */
  survive: z.number().int().min(0).max(8),
  /** Bytes of each shard, watermarks included. */
  shardBytes: count,
  /** Drawn before sealing; seeds positions and codes of watermarks (PRF). */
  salt,
  /** Audit round at which the set was made (watermark region asked = (round + H(salt)) mod T). */
  birthRound: count,
  /** Ed25519 key whose secret is in the manifest: signs reads of the shards. */
  readKey: publicKey,
  /** Merkle roots of the n shards in order of index. */
  addresses: z.array(hash).min(2).max(255),
  createdMs: timeMs,
  /** Which of the class's backup copies this set is, from 1: it lies on their pools. Absent: none of them. */
  copy: z.number().int().min(1).max(LIMITS.copies).optional(),
})
export type SegmentRecord = z.infer<typeof segmentRecordSchema>
export const SEGMENT_RECORD: DocumentKind<SegmentRecord> = { kind: 'segment-record', schema: segmentRecordSchema }
