/**
 * The rows that this member holds: heads of every row, merged by set union, in one ordered store.
 *
 * Merges are made one batch after another: what waits meanwhile shares the next commit of the store. A commit is visible when it is
 * durable, never before.
 *
 * @module
 */
import { parseBytes, readDocument, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { count, equalBytes, hash, hexOf, LIMITS, LunarError } from '@lunarx/core/model'
import { ROW_COMMIT, type ValuedCommit } from '@lunarx/core/row'
import type { Entry, KeyValueStore } from '@lunarx/runtime/store'
import { z } from 'zod'
import { ROW_LIMITS } from '../limits.ts'
import { sizeOf, type CheckedCommit, type KeptHead } from './commit.ts'
import { Draft, type PartitionSummary } from './draft.ts'
import { idOf, partitionKey, partitionOfKey, partitionRange, partitionsRange, rowOf, rowRange, valueKey } from './keys.ts'

const summary = z.object({ digest: hash, rows: count })

export interface PlacedHead extends KeptHead {
  readonly row: Uint8Array
  readonly document: SignedDocument
}

/** Which values are wanted of a row, and how many bytes they may have together; the first is never too large. */
export interface WantedValues {
  /** Ids of commits whose values the asker has. */
  readonly have: readonly Uint8Array[]
  readonly budgetBytes: number
}

interface Merge {
  readonly commits: readonly CheckedCommit[]
  readonly limit: number
  /** Values are put back, and no head changes. */
  readonly isRestoring: boolean
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

  /**
   * Puts back values that are gone from under heads which are there; those of other commits are left out.
   * @throws {LunarError} TOO_MANY_REQUESTS, FULL, STORE_FAILED
   */
  restore(commits: readonly CheckedCommit[]): Promise<void> {
    return this.#merge(commits, FROM_REPLICAS, true)
  }

  /** Heads of one row, in order of id. */
  async heads(partition: Uint8Array, row: Uint8Array): Promise<PlacedHead[]> {
    return (await this.#store.scan(rowRange(partition, row, Number.MAX_SAFE_INTEGER))).map(headOf)
  }

  /**
   * The heads of a row, as they stood together at one moment, with the values that are wanted and fit; null in place of others.
   * @param wanted undefined: no values
   * @throws {LunarError} STORE_FAILED: a value is gone from under its head
   */
  async read(partition: Uint8Array, row: Uint8Array, wanted?: WantedValues): Promise<ValuedCommit[]> {
    for (let before = ''; ;) {
      const heads = (await this.heads(partition, row)).slice(0, LIMITS.rowHeads)
      const sent = wanted ? withinBudget(lacking(heads, wanted.have), wanted.budgetBytes) : []
      const values = await Promise.all(heads.map(async (head) => (sent.includes(head) ? await this.#value(partition, head) : null)))
      // a head that a write replaced in between has no value any more: its successor is there
      if (!values.includes(undefined)) return heads.map(({ document }, i) => ({ document, value: values[i] ?? null }))
      const now = heads.map(({ id }) => hexOf(id)).join()
      if (now === before) throw new LunarError('STORE_FAILED', 'a value is gone from the store', { detail: { heads: heads.length } })
      before = now
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

  /** Heads with their values; those that were superseded meanwhile are left out. */
  async valued(partition: Uint8Array, heads: readonly PlacedHead[]): Promise<ValuedCommit[]> {
    const values = await Promise.all(heads.map(async (head) => (head.hasValue ? await this.#value(partition, head) : null)))
    return heads.flatMap(({ document }, i) => {
      const value = values[i]
      return value === undefined ? [] : [{ document, value }]
    })
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

  #value(partition: Uint8Array, { row, id }: PlacedHead): Promise<Uint8Array | undefined> {
    return this.#store.get(valueKey(partition, row, id))
  }

  #merge(commits: readonly CheckedCommit[], limit: number, isRestoring = false): Promise<void> {
    if (this.#waiting.length >= ROW_LIMITS.waitingMerges)
      return Promise.reject(new LunarError('TOO_MANY_REQUESTS', 'too many writes of rows are waiting'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commits, limit, isRestoring, settle: (error) => (error === undefined ? resolve() : reject(error)) })
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
        if (merge.isRestoring) for (const commit of merge.commits) draft.restore(commit)
        else await draft.add(merge.commits, merge.limit)
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

/** Heads whose values the asker does not have. */
function lacking(heads: readonly PlacedHead[], have: readonly Uint8Array[]): PlacedHead[] {
  return heads.filter(({ id, hasValue }) => hasValue && !have.some((known) => equalBytes(known, id)))
}

function headOf({ key, value: bytes }: Entry): PlacedHead {
  const document = parseBytes(signedDocument, bytes)
  const { writer, clock, value } = readDocument(ROW_COMMIT, document)
  const sizeBytes = sizeOf(document) + (value?.sizeBytes ?? 0)
  return { row: rowOf(key), id: idOf(key), writer, clock, sizeBytes, hasValue: value !== null, document }
}
