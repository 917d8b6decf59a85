/**
 * A commit that was checked: its author signed it, its value is the one that it names, and it is placed in that partition.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, openDocument, type SignedDocument } from '@lunarx/core/document'
import { hexOf, LunarError } from '@lunarx/core/model'
import { namesValue, partitionOf, ROW_COMMIT, type Head, type ValuedCommit } from '@lunarx/core/row'

/** A head as it is kept: where it stands, without its value. */
export interface KeptHead extends Head {
  /** Of the commit with its value. */
  readonly sizeBytes: number
  readonly hasValue: boolean
}

export interface CheckedCommit extends KeptHead, ValuedCommit {
  readonly partition: Uint8Array
  readonly row: Uint8Array
}

/** Bytes of a signed commit, its value apart. */
export const sizeOf = ({ body, signature }: SignedDocument): number => body.length + signature.length

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function checkCommit({ document, value }: ValuedCommit, crypto: CryptoEngine): CheckedCommit {
  const commit = openDocument(ROW_COMMIT, document, ({ author }) => author, crypto)
  const { author, table, row, writer, clock } = commit
  if (!(hexOf(writer) in clock)) throw new LunarError('BAD_MESSAGE', 'the clock of a commit leaves its own writer out')
  if (!namesValue(commit, value, crypto)) throw new LunarError('BAD_MESSAGE', 'the value of a commit is not the one that it names')
  return {
    id: documentId(ROW_COMMIT, document, crypto),
    writer,
    clock,
    sizeBytes: sizeOf(document) + (value?.length ?? 0),
    hasValue: value !== null,
    partition: partitionOf(author, table, crypto),
    row,
    document,
    value,
  }
}
