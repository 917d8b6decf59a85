/**
 * A commit that was checked: its author signed it, and it is placed in that partition.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, openDocument, type SignedDocument } from '@lunarx/core/document'
import { hexOf, LunarError } from '@lunarx/core/model'
import { partitionOf, ROW_COMMIT, type Head } from '@lunarx/core/row'

/** A head as it is kept: where it stands, without its value. */
export interface KeptHead extends Head {
  readonly sizeBytes: number
}

export interface CheckedCommit extends KeptHead {
  readonly partition: Uint8Array
  readonly row: Uint8Array
  readonly document: SignedDocument
}

/** @throws {LunarError} BAD_MESSAGE, BAD_SIGNATURE */
export function checkCommit(document: SignedDocument, crypto: CryptoEngine): CheckedCommit {
  const { author, table, row, writer, clock } = openDocument(ROW_COMMIT, document, (commit) => commit.author, crypto)
  if (!(hexOf(writer) in clock)) throw new LunarError('BAD_MESSAGE', 'the clock of a commit leaves its own writer out')
  const sizeBytes = document.body.length + document.signature.length
  return {
    id: documentId(ROW_COMMIT, document, crypto),
    writer,
    clock,
    sizeBytes,
    partition: partitionOf(author, table, crypto),
    row,
    document,
  }
}
