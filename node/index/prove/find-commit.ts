/**
 * Looks for what was asked: the commit's value, or a head of its row that has seen the commit.
 *
 * @module
 */
import type { RowAnswer } from '@lunarx/core/audit'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, readDocument, type SignedDocument } from '@lunarx/core/document'
import { equalBytes } from '@lunarx/core/model'
import { namesValue, ROW_COMMIT, supersedes, type RowCommit } from '@lunarx/core/row'
import type { PlacedHead, RowTable } from '../table/index.ts'

export interface FindDeps {
  readonly table: RowTable
  readonly crypto: CryptoEngine
}

/** Of a proof, without the commit. */
export type FoundCommit = Omit<NonNullable<RowAnswer['proof']>, 'document'>

/** Looks as often as a write may come in between; a value that is gone from under the same head twice is gone. */
const LOOKS = 8

/** 'gone': its value is not there, or not the one that it names; 'moved': the row has heads, none of which has seen it; 'absent': it has none. */
export async function findCommit(
  partition: Uint8Array,
  document: SignedDocument,
  { table, crypto }: FindDeps,
): Promise<FoundCommit | 'gone' | 'moved' | 'absent'> {
  const asked = readDocument(ROW_COMMIT, document)
  const id = documentId(ROW_COMMIT, document, crypto)
  let before: Uint8Array | undefined
  for (let look = 0; look < LOOKS; look++) {
    const heads = await table.heads(partition, asked.row)
    const head = headFor(heads, id, asked)
    if (!head) return heads.length > 0 ? 'moved' : 'absent'
    const [valued] = await table.valued(partition, [head])
    if (valued && namesValue(readDocument(ROW_COMMIT, head.document), valued.value, crypto)) return proofOf(head, id, valued.value)
    if (valued || (before && equalBytes(before, head.id))) return 'gone'
    before = head.id
  }
  return 'moved'
}

const headFor = (heads: readonly PlacedHead[], id: Uint8Array, asked: RowCommit): PlacedHead | undefined =>
  heads.find((head) => equalBytes(head.id, id)) ?? heads.find((head) => supersedes(head, asked))

const proofOf = (head: PlacedHead, id: Uint8Array, value: Uint8Array | null): FoundCommit =>
  equalBytes(head.id, id) ? { value, successor: null } : { value: null, successor: { document: head.document, value } }
