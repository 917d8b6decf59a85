/**
 * The rows that this member holds: heads of every row, merged by set union, in one ordered store.
 *
 * Merges are made one batch after another: what waits meanwhile shares the next commit of the store. A commit is visible when it is
 * durable, never before.
 *
 * @module
 */
import { parseBytes, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { count, equalBytes, hash, LIMITS, LunarError } from '@lunarx/core/model'
import { rowCommitSchema } from '@lunarx/core/row'
import type { Entry, KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { ROW_LIMITS } from '../limits.ts'
import type { CheckedCommit, KeptHead } from './commit.ts'
import { Draft, type PartitionSummary } from './draft.ts'
import { commitKey, idOf, partitionKey, partitionOfKey, partitionRange, partitionsRange, rowOf, rowRange } from './keys.ts'

const keptHead = rowCommitSchema.pick({ writer: true, clock: true }).extend({ sizeBytes: count })
const summary = z.object({ digest: hash, rows: count })

export interface PlacedHead extends KeptHead {
  readonly row: Uint8Array
}

interface Merge {
  readonly commits: readonly CheckedCommit[]
  readonly limit: number
  readonly settle: (error?: unknown) => void
}

/** Heads that replicas may hold of a row together: each of them admitted `LIMITS.rowHeads`, and what was admitted is never dropped. */
const FROM_REPLICAS = Number.POSITIVE_INFINITY

export class RowTable {
  readonly #store: KeyValueStore
  #waiting: Merge[] = []
  #isMerging = false

  constructor(store: KeyValueStore) {
    this.#store = store
  }

  /** Takes in a client's commits, all or none; durable when it resolves. @throws {LunarError} TOO_MANY_HEADS, TOO_MANY_REQUESTS, FULL, STORE_FAILED */
  write(commits: readonly CheckedCommit[]): Promise<void> {
    return this.#merge(commits, LIMITS.rowHeads)
  }

  /** Takes in what another member holds. @throws {LunarError} TOO_MANY_REQUESTS, FULL, STORE_FAILED */
  union(commits: readonly CheckedCommit[]): Promise<void> {
    return this.#merge(commits, FROM_REPLICAS)
  }

  /** Heads of one row, in order of id. */
  async heads(partition: Uint8Array, row: Uint8Array): Promise<PlacedHead[]> {
    return (await this.#store.scan(rowRange(partition, row, Number.MAX_SAFE_INTEGER))).map(headOf)
  }

  /**
   * The heads of a row with their commits, as they stood together at one moment.
   * @param budgetBytes commits beyond it are left out, but for the first
   */
  async read(
    partition: Uint8Array,
    row: Uint8Array,
    budgetBytes: number,
  ): Promise<{ readonly documents: SignedDocument[]; readonly sizeBytes: number }> {
    for (;;) {
      const heads = withinBudget((await this.heads(partition, row)).slice(0, LIMITS.rowHeads), budgetBytes)
      const documents = await this.documents(partition, heads)
      // a head that a write replaced in between has no commit any more: its successor is there
      if (documents.length === heads.length) return { documents, sizeBytes: heads.reduce((total, head) => total + head.sizeBytes, 0) }
    }
  }

  /** Heads of a partition in (after, until], in order of row and id. */
  async page(partition: Uint8Array, after: Uint8Array | null, until: Uint8Array | null, limit: number): Promise<PlacedHead[]> {
    return (await this.#store.scan(partitionRange(partition, after, until, limit))).map(headOf)
  }

  /** Tokens of the rows of a partition behind `after`, in order. */
  async *rows(partition: Uint8Array, after: Uint8Array | null): AsyncGenerator<Uint8Array> {
    let last = after
    for (;;) {
      const heads = await this.page(partition, last, null, LIMITS.pageRows)
      for (const { row } of heads) {
        if (last && equalBytes(last, row)) continue
        last = row
        yield row
      }
      if (heads.length < LIMITS.pageRows) return
    }
  }

  /** The signed commits of heads; those that were superseded meanwhile are left out. */
  async documents(partition: Uint8Array, heads: readonly PlacedHead[]): Promise<SignedDocument[]> {
    const found = await Promise.all(heads.map(({ row, id }) => this.#store.get(commitKey(partition, row, id))))
    return found.flatMap((bytes) => (bytes ? [parseBytes(signedDocument, bytes)] : []))
  }

  async summary(partition: Uint8Array): Promise<PartitionSummary> {
    const bytes = await this.#store.get(partitionKey(partition))
    return { partition, ...(bytes ? parseBytes(summary, bytes) : { digest: new Uint8Array(32), rows: 0 }) }
  }

  /** Partitions behind `after`, in order. */
  async partitions(after: Uint8Array | null, limit: number): Promise<PartitionSummary[]> {
    const entries = await this.#store.scan(partitionsRange(after, limit))
    return entries.map(({ key, value }) => ({ partition: partitionOfKey(key), ...parseBytes(summary, value) }))
  }

  #merge(commits: readonly CheckedCommit[], limit: number): Promise<void> {
    if (this.#waiting.length >= ROW_LIMITS.waitingMerges)
      return Promise.reject(new LunarError('TOO_MANY_REQUESTS', 'too many writes of rows are waiting'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commits, limit, settle: (error) => (error === undefined ? resolve() : reject(error)) })
      void this.#mergeAll()
    })
  }

  async #mergeAll(): Promise<void> {
    if (this.#isMerging) return
    this.#isMerging = true
    while (this.#waiting.length > 0) await this.#mergeTogether(this.#takeBatch())
    this.#isMerging = false
  }

  async #mergeTogether(batch: readonly Merge[]): Promise<void> {
    const draft = new Draft(this)
    const taken: Merge[] = []
    for (const merge of batch) {
      try {
        await draft.add(merge.commits, merge.limit)
        taken.push(merge)
      } catch (error) {
        merge.settle(error)
      }
    }
    try {
      const changes = await draft.changes()
      if (changes.length > 0) await this.#store.write(changes)
      for (const merge of taken) merge.settle()
    } catch (error) {
      for (const merge of taken) merge.settle(error)
    }
  }

  /** From the front of the queue, at least one. */
  #takeBatch(): Merge[] {
    let commits = 0
    let bytes = 0
    const end = this.#waiting.findIndex((merge, i) => {
      commits += merge.commits.length
      bytes += merge.commits.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
      return i > 0 && (commits > ROW_LIMITS.mergedTogether || bytes > ROW_LIMITS.mergedTogetherBytes)
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }
}

/** The first heads that fit the budget together, at least one. */
export function withinBudget<T extends { readonly sizeBytes: number }>(heads: readonly T[], budgetBytes: number): T[] {
  let left = budgetBytes
  const end = heads.findIndex(({ sizeBytes }, i) => {
    left -= sizeBytes
    return i > 0 && left < 0
  })
  return heads.slice(0, end === -1 ? heads.length : end)
}

const headOf = ({ key, value }: Entry): PlacedHead => ({ row: rowOf(key), id: idOf(key), ...parseBytes(keptHead, value) })
