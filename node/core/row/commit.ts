/**
 * A row is a DAG of signed commits; replicas converge by set union. A commit supersedes another when its clock has seen it;
 * commits that have not seen each other are heads side by side: both are kept and reported. A commit names its value by hash.
 *
 * @module
 */
import { z } from 'zod'
import type { CryptoEngine, SignKey } from '../crypto/engine.ts'
import { equalBytes } from '../model/bytes.ts'
import { fixedBytes, hash, publicKey, timeMs } from '../model/fields.ts'
import { LIMITS } from '../model/limits.ts'
import { signDocument, type DocumentKind, type SignedDocument } from '../document/signed.ts'

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
  /** The sealed value, which lies and travels beside the commit; null says that the row is deleted. */
  value: z.object({ hash, sizeBytes: z.number().int().min(1).max(LIMITS.rowValueBytes) }).nullable(),
})
export type RowCommit = z.infer<typeof rowCommitSchema>
export const ROW_COMMIT: DocumentKind<RowCommit> = { kind: 'row-commit', schema: rowCommitSchema }

/** A signed commit and the sealed value that it names by SHA-256; so a signature covers few bytes, and heads compare without values. */
export interface ValuedCommit {
  readonly document: SignedDocument
  readonly value: Uint8Array | null
}

/** True if `value` is what the commit names. */
export function namesValue({ value: named }: Pick<RowCommit, 'value'>, value: Uint8Array | null, crypto: CryptoEngine): boolean {
  if (!named || !value) return named === null && value === null
  return named.sizeBytes === value.length && equalBytes(named.hash, crypto.sha256(value))
}

/** A commit before its value is named by hash. */
export type RowDraft = Omit<RowCommit, 'value'> & { readonly value: Uint8Array | null }

/** Names the sealed value and signs. */
export function signCommit({ value, ...draft }: RowDraft, key: SignKey, crypto: CryptoEngine): ValuedCommit {
  const named = value && { hash: crypto.sha256(value), sizeBytes: value.length }
  return { document: signDocument(ROW_COMMIT, { ...draft, value: named }, key), value }
}
