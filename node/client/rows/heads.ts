/**
 * What replicas gave of rows, verified and merged: signed by this owner, of the table that was asked, values as their commits name
 * them. What does not verify is left out: a replica can only withhold, not forge.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, openDocument, type SignedDocument } from '@lunarx/core/document'
import { equalBytes, hexOf, LunarError } from '@lunarx/core/model'
import { mergeHeads, namesValue, ROW_COMMIT, type Head, type RowCommit, type ValuedCommit } from '@lunarx/core/row'
import type { Log } from '@lunarx/runtime/log'

/** A commit among the heads of its row. */
export interface RowHead extends Head {
  readonly commit: RowCommit
  /** Sealed, the one that the commit names; null: it deletes the row. */
  readonly value: Uint8Array | null
}

/** A head whose value may still have to be found: undefined. */
export type FoundHead = Omit<RowHead, 'value'> & { readonly value: Uint8Array | null | undefined }

export const areWhole = (heads: FoundHead[]): heads is RowHead[] => heads.every(({ value }) => value !== undefined)

export interface HeadsDeps {
  readonly author: Uint8Array
  readonly crypto: CryptoEngine
  readonly log: Log
}

/**
 * Heads by row (hex). A commit that several replicas gave is verified once.
 * @param values by commit (hex): those that are known, and after it those that the answers brought
 */
export function openHeads(
  answers: readonly { readonly heads: readonly ValuedCommit[] }[],
  table: Uint8Array,
  values: Map<string, Uint8Array>,
  deps: HeadsDeps,
): Map<string, FoundHead[]> {
  const commits = new Map<string, Omit<RowHead, 'value'>>()
  for (const { document, value } of answers.flatMap(({ heads }) => heads)) {
    const id = documentId(ROW_COMMIT, document, deps.crypto)
    const key = hexOf(id)
    try {
      const commit = commits.get(key)?.commit ?? openCommit(document, table, deps)
      commits.set(key, { id, writer: commit.writer, clock: commit.clock, commit })
      if (!value || values.has(key)) continue
      if (!namesValue(commit, value, deps.crypto)) throw new LunarError('BAD_MESSAGE', 'a value that its commit does not name')
      values.set(key, value)
    } catch (error) {
      deps.log.warn('a replica gave a row that does not verify', { error })
    }
  }
  const merged = new Map<string, FoundHead[]>()
  for (const [row, found] of Map.groupBy(commits.values(), ({ commit }) => hexOf(commit.row))) {
    const heads = mergeHeads([], found, Number.MAX_SAFE_INTEGER).map((head): FoundHead => ({
      ...head,
      value: head.commit.value && values.get(hexOf(head.id)),
    }))
    merged.set(row, heads)
  }
  return merged
}

function openCommit(document: SignedDocument, table: Uint8Array, { author, crypto }: HeadsDeps): RowCommit {
  const commit = openDocument(ROW_COMMIT, document, () => author, crypto)
  if (equalBytes(commit.author, author) && equalBytes(commit.table, table)) return commit
  throw new LunarError('BAD_MESSAGE', 'a row of another table')
}
