/**
 * The manifest: all that one name stands for, as the plaintext of the row's value. DAG-CBOR; docs/FORMATS.md has it field by field.
 *
 * It holds what a reader needs and nobody else may know: data keys, salts, places of watermarks. Holders are a hint for the day
 * when no tracker answers, true when the object was stored.
 *
 * @module
 */
import { SUITES, WRAPPED_KEY_BYTES } from '@lunarx/core/crypto'
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { count, fixedBytes, hash, LIMITS, LunarError, maxBytes, name, peerAddress, salt, timeMs, utf8 } from '@lunarx/core/model'
import { z } from 'zod'

/** UTF-8 bytes of an object's name. */
export const MAX_NAME_BYTES = 1024
/** Sets of one object; the size of the manifest ends it earlier. */
const MAX_SEGMENTS = 10_000
const MAX_HOLDERS = 10_000

const segmentSchema = z.object({
  /** Segment id: hash of the signed segment record. */
  id: hash,
  salt,
  plaintextBytes: z.number().int().min(1).max(LIMITS.segmentBytes),
  /** Of the n shards in order of index. */
  addresses: z.array(hash).min(2).max(255),
  /** By tracker slot. */
  positionSeeds: z.array(hash).length(LIMITS.trackerSlots),
  /** By shard index: place in `holders`, -1 where not known. */
  holders: z
    .array(
      z
        .number()
        .int()
        .min(-1)
        .max(MAX_HOLDERS - 1),
    )
    .max(255),
})
export type ManifestSegment = z.infer<typeof segmentSchema>

const inlineSchema = z.object({ kind: z.literal('inline'), bytes: maxBytes(LIMITS.rowValueBytes) })

const setsSchema = z.object({
  kind: z.literal('sets'),
  suite: z.enum(SUITES),
  /** k */
  required: z.number().int().min(1).max(254),
  /** m */
  parity: z.number().int().min(1).max(254),
  /** Data key, sealed under the owner's wrapping key. */
  wrappedDataKey: fixedBytes(WRAPPED_KEY_BYTES),
  keyCommitment: hash,
  segments: z.array(segmentSchema).min(1).max(MAX_SEGMENTS),
  holders: z.array(peerAddress).max(MAX_HOLDERS),
})
export type StoredSets = z.infer<typeof setsSchema>

const versionSchema = z.object({
  sizeBytes: count,
  className: name,
  storedMs: timeMs,
  content: z.discriminatedUnion('kind', [inlineSchema, setsSchema]),
})
export type ObjectVersion = z.infer<typeof versionSchema>

const manifestSchema = z.object({
  /** Of this format. */
  version: z.literal(1),
  /** The object's name: the row's token does not tell it. */
  name: z.string().min(1).max(MAX_NAME_BYTES),
  /** Newest first: what `get` gives, then what the class keeps. */
  versions: z.array(versionSchema).min(1).max(100),
})
export type Manifest = z.infer<typeof manifestSchema>

export const encodeManifest = (manifest: Manifest): Uint8Array => encodeBytes(manifest)

/** @throws {LunarError} BAD_MESSAGE */
export const decodeManifest = (bytes: Uint8Array): Manifest => parseBytes(manifestSchema, bytes)

/** @throws {LunarError} BAD_NAME */
export function checkName(objectName: string): void {
  const sizeBytes = utf8(objectName).length
  if (sizeBytes === 0 || sizeBytes > MAX_NAME_BYTES || !objectName.isWellFormed())
    throw new LunarError('BAD_NAME', 'not a name for an object', { detail: { sizeBytes, limitBytes: MAX_NAME_BYTES } })
}

/** Segment ids of the sets that a version is made of; none for an inline one. */
export const setsOf = ({ content }: ObjectVersion): Uint8Array[] => (content.kind === 'sets' ? content.segments.map(({ id }) => id) : [])
