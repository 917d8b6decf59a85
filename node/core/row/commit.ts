/**
 * A row is a DAG of signed commits; replicas converge by set union. A commit supersedes another when its clock has seen it;
 * commits that have not seen each other are heads side by side: both are kept and reported.
 *
 * @module
 */
import { z } from 'zod'
import { fixedBytes, hash, maxBytes, publicKey, timeMs } from '../model/fields.ts'
import { LIMITS } from '../model/limits.ts'
import type { DocumentKind, SignedDocument } from '../document/signed.ts'

export const rowCommitSchema = z.object({
  /** Ed25519 key of the author, who signs. Tables are an author's own: rows are keyed by author ‖ table ‖ row. */
  author: publicKey,
  /** Keyed token of the table (PRF). */
  table: hash,
  /** Keyed token of the row (PRF). */
  row: hash,
  /** Ids of the heads that this commit replaces. */
  parents: z.array(hash).max(LIMITS.rowHeads),
  /** Random id of the writing client instance. */
  writer: fixedBytes(8),
  /** Version vector: writer (hex) → highest counter seen, this commit's own included. At most 64 writers: the oldest are dropped. */
  clock: z
    .record(z.string().regex(/^[0-9a-f]{16}$/), z.number().int().min(1).max(Number.MAX_SAFE_INTEGER))
    .refine((clock) => Object.keys(clock).length <= 64),
  timeMs,
  /** Sealed value; null says that the row is deleted. */
  value: maxBytes(LIMITS.rowValueBytes).nullable(),
})
export type RowCommit = z.infer<typeof rowCommitSchema>
export const ROW_COMMIT: DocumentKind<RowCommit> = { kind: 'row-commit', schema: rowCommitSchema }
export type SignedRowCommit = SignedDocument
