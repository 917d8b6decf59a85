/**
 * The manifest: all that one name stands for, as the plaintext of the row's value. DAG-CBOR; docs/FORMATS.md has it field by field.
 * What does not fit {@link NODE_BYTES} is a tree: its root lies in the row, its other nodes are sets like the segments themselves.
 *
 * It holds what a reader needs and nobody else may know: data keys, salts, places of watermarks. Holders are a hint for the day
 * when no tracker answers, true when the object was stored.
 *
 * @module
 */
import { SUITES, WRAPPED_KEY_BYTES } from '@lunarx/core/crypto'
import { encodeBytes, parseBytes } from '@lunarx/core/document'
import { count, fixedBytes, hash, LIMITS, LunarError, maxBytes, name, peerAddress, publicKey, salt, timeMs, utf8 } from '@lunarx/core/model'
import { z } from 'zod'

/** UTF-8 bytes of an object's name. */
export const MAX_NAME_BYTES = 1024
/** Segments of one object: 16 PiB of them at 64 MiB, so that the 2^53 − 1 bytes of a size come first. */
export const MAX_SEGMENTS = 2 ** 28 - 1
/** A node of the tree is closed before it would grow beyond this; what a row holds of one version is never more. */
export const NODE_BYTES = 64 * 1024
/** The least that a node below the root holds, whatever its size: what bounds the height of the tree. */
export const MIN_FAN_OUT = 4
const MAX_LEVEL = 15
const MAX_ENTRIES = 1_000
const MAX_HOLDERS = 10_000

const setFields = {
  /** Segment id: hash of the signed segment record. */
  id: hash,
  salt,
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
}

const entrySchema = z.object({
  ...setFields,
  plaintextBytes: z.number().int().min(1).max(LIMITS.segmentBytes),
  /** Of a set with copies: with it the segment record can be written again as it was, bit for bit. */
  createdMs: timeMs.optional(),
  /** Backup copies 1, 2, …: other sets of the same plaintext. Absent: none. */
  copies: z
    .array(z.object({ ...setFields, createdMs: timeMs }))
    .min(1)
    .max(LIMITS.copies)
    .optional(),
  /** Above level 0, where the set holds a node: what of the object lies under it. */
  under: z.object({ bytes: count.min(1), segments: z.number().int().min(1).max(MAX_SEGMENTS) }).optional(),
})
/** A set: a segment of the object, or a node of its manifest. */
export type ManifestSegment = z.infer<typeof entrySchema>

export const nodeSchema = z
  .object({
    /** 0: the entries are segments of the object; above: nodes of the level below. */
    level: z.number().int().min(0).max(MAX_LEVEL),
    entries: z.array(entrySchema).min(1).max(MAX_ENTRIES),
    holders: z.array(peerAddress).max(MAX_HOLDERS),
  })
  .refine(({ level, entries }) => entries.every(({ under }) => (under !== undefined) === level > 0), 'entries of another level')
/** A run of the sets of one level, in order. */
export type ManifestNode = z.infer<typeof nodeSchema>

const inlineSchema = z.object({ kind: z.literal('inline'), bytes: maxBytes(LIMITS.rowValueBytes) })

const setsSchema = z.object({
  kind: z.literal('sets'),
  suite: z.enum(SUITES),
  /** k */
  required: z.number().int().min(1).max(254),
  /** m */
  parity: z.number().int().min(1).max(254),
  /** Whose signature the records and tombstones of these sets carry. */
  owner: publicKey,
  /** Data key, sealed under the owner's wrapping key. */
  wrappedDataKey: fixedBytes(WRAPPED_KEY_BYTES),
  keyCommitment: hash,
  /** d of a class with copies, see `createdMs`. */
  survive: z.number().int().min(0).max(8).optional(),
  root: nodeSchema,
})
export type StoredSets = z.infer<typeof setsSchema>

const versionSchema = z.object({
  sizeBytes: count,
  className: name,
  storedMs: timeMs,
  content: z.discriminatedUnion('kind', [inlineSchema, setsSchema]),
})
export type ObjectVersion = z.infer<typeof versionSchema>

export const manifestSchema = z.object({
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

export const encodeNode = (node: ManifestNode): Uint8Array => encodeBytes(node)

/** @throws {LunarError} BAD_MESSAGE */
export const decodeNode = (bytes: Uint8Array): ManifestNode => parseBytes(nodeSchema, bytes)

/** Bytes and segments of the object that an entry stands for. */
export const coverOf = ({ under, plaintextBytes }: ManifestSegment): { readonly bytes: number; readonly segments: number } =>
  under ?? { bytes: plaintextBytes, segments: 1 }

/** Segments of an object. */
export const segmentCount = ({ root }: StoredSets): number => root.entries.reduce((sum, entry) => sum + coverOf(entry).segments, 0)

/** Backup copies of each set of an object. */
export const copyCount = ({ root }: StoredSets): number => root.entries[0]?.copies?.length ?? 0

/**
 * The number that the frames of a set are bound to: of a segment its place in the object, of a node (level + 1) · 2^28 + the place of
 * the first segment under it.
 * @param level of the node, undefined for a segment
 */
export const sealIndexOf = (firstSegment: number, level?: number): number =>
  (level === undefined ? 0 : (level + 1) * 2 ** 28) + firstSegment
