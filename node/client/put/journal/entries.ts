/**
 * What a journal notes, entry by entry: the plan of a put, then of each of its sets what was sealed, where it was reserved, and that
 * its holders confirmed it. docs/FORMATS.md has the file.
 *
 * @module
 */
import { SUITES } from '@lunarx/core/crypto'
import { signedDocument } from '@lunarx/core/document'
import { count, fixedBytes, hash, LIMITS, name, peerAddress, publicKey, salt, timeMs } from '@lunarx/core/model'
import { placed } from '@lunarx/wire'
import { z } from 'zod'

const index = z.number().int().min(0).max(254)
const at = { /** By the client's clock. */ atMs: timeMs }

/** First entry: what all sets of the object share. */
const begun = z.object({
  kind: z.literal('begun'),
  ...at,
  /** Of this format. */
  version: z.literal(1),
  owner: publicKey,
  className: name,
  required: z.number().int().min(1).max(254),
  parity: z.number().int().min(1).max(254),
  suite: z.enum(SUITES),
  segmentBytes: count.min(1),
  /** Of the object; its backup copies' follow from it. */
  dataKey: fixedBytes(32),
  /** Backup copies of each set; absent: none. */
  copies: z.number().int().min(1).max(LIMITS.copies).optional(),
})
export type Begun = z.infer<typeof begun>

/** Before anything of a set leaves the client; for the same `sealIndex` and `copy` the last one counts. */
const sealed = z.object({
  kind: z.literal('sealed'),
  ...at,
  /** The number that the frames of the set are bound to. */
  sealIndex: count,
  /** Which backup copy it is; absent: the first set. */
  copy: z.number().int().min(1).max(LIMITS.copies).optional(),
  plaintextBytes: count.min(1),
  /** Of the plaintext, see `digest.ts`. */
  digest: fixedBytes(16),
  salt,
  record: signedDocument,
})
export type Sealed = z.infer<typeof sealed>

/** Reservation keys of shards that are about to be sent. */
const reserved = z.object({ kind: z.literal('reserved'), ...at, segment: hash, placed: z.array(placed).max(255) })

/** As many holders confirmed as the put asked for. */
const stored = z.object({
  kind: z.literal('stored'),
  ...at,
  segment: hash,
  held: z.array(index).max(255),
  holders: z.array(z.object({ index, address: peerAddress })).max(255),
})

/** The name is about to be written: from now on it may stand for these sets. `before`: see `stateOf`. */
const naming = z.object({ kind: z.literal('naming'), ...at, before: hash })

export const entry = z.discriminatedUnion('kind', [begun, sealed, reserved, stored, naming])
export type Entry = z.infer<typeof entry>
