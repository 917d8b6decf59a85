/**
 * What a batch of merges will change, worked out before anything is written: heads that come, heads that go, and the digests of
 * their partitions. A question that is refused leaves no trace in it.
 *
 * @module
 */
import { encodeBytes } from '@lunarx/core/document'
import { hexOf } from '@lunarx/core/model'
import { mergeHeads } from '@lunarx/core/row'
import type { Change } from '@lunarx/runtime/store'
import type { CheckedCommit, KeptHead } from './commit.ts'
import { headKey, partitionKey, valueKey } from './keys.ts'

type DraftHead = KeptHead | CheckedCommit

interface DraftRow {
  readonly partition: Uint8Array
  readonly row: Uint8Array
  readonly before: readonly KeptHead[]
  readonly after: readonly DraftHead[]
}

export interface PartitionSummary {
  readonly partition: Uint8Array
  /** XOR of the ids of all heads, 32 bytes. */
  readonly digest: Uint8Array
  readonly rows: number
}

export interface DraftSource {
  heads(partition: Uint8Array, row: Uint8Array): Promise<KeptHead[]>
  summary(partition: Uint8Array): Promise<PartitionSummary>
}

export class Draft {
  readonly #source: DraftSource
  readonly #rows = new Map<string, DraftRow>()
  readonly #restored: CheckedCommit[] = []

  constructor(source: DraftSource) {
    this.#source = source
  }

  /** All of them or none. @throws {LunarError} TOO_MANY_HEADS */
  async add(commits: readonly CheckedCommit[], limit: number): Promise<void> {
    const rows = new Map<string, DraftRow>()
    for (const commit of commits) {
      const { partition, row } = commit
      const key = hexOf(partition) + hexOf(row)
      const known = rows.get(key) ?? this.#rows.get(key) ?? (await this.#read(partition, row))
      // what is there already stays as it is: then it needs no writing
      const isKnown = known.after.some((head) => hexOf(head.id) === hexOf(commit.id))
      rows.set(key, isKnown ? known : { ...known, after: mergeHeads<DraftHead>(known.after, [commit], limit) })
    }
    for (const [key, row] of rows) this.#rows.set(key, row)
  }

  /** Puts back the value of a head whose commit is there still. */
  restore(commit: CheckedCommit): void {
    this.#restored.push(commit)
  }

  /** The changes of the store; [] if nothing is new. */
  async changes(): Promise<Change[]> {
    const changes: Change[] = await this.#restoring()
    const summaries = new Map<string, PartitionSummary>()
    for (const { partition, row, before, after } of this.#rows.values()) {
      const gone = without(before, after)
      const come = without(after, before)
      if (gone.length === 0 && come.length === 0) continue
      for (const head of gone) changes.push(...removeHead(partition, row, head))
      for (const head of come) changes.push(...putHead(partition, row, head as CheckedCommit))
      const summary = summaries.get(hexOf(partition)) ?? (await this.#source.summary(partition))
      summaries.set(hexOf(partition), {
        partition,
        digest: [...gone, ...come].reduce((digest, { id }) => digest.map((byte, i) => byte ^ (id[i] ?? 0)), summary.digest),
        rows: summary.rows + Number(before.length === 0),
      })
    }
    for (const { partition, digest, rows } of summaries.values())
      changes.push({ put: partitionKey(partition), value: encodeBytes({ digest, rows }) })
    return changes
  }

  /** Before all others: a head that goes takes its value along. */
  async #restoring(): Promise<Change[]> {
    const changes: Change[] = []
    for (const { partition, row, id, value } of this.#restored) {
      const heads = await this.#source.heads(partition, row)
      if (value && heads.some((head) => hexOf(head.id) === hexOf(id))) changes.push({ put: valueKey(partition, row, id), value })
    }
    return changes
  }

  async #read(partition: Uint8Array, row: Uint8Array): Promise<DraftRow> {
    const before = await this.#source.heads(partition, row)
    return { partition, row, before, after: before }
  }
}

function without(heads: readonly DraftHead[], others: readonly DraftHead[]): DraftHead[] {
  const ids = new Set(others.map(({ id }) => hexOf(id)))
  return heads.filter(({ id }) => !ids.has(hexOf(id)))
}

const putHead = (partition: Uint8Array, row: Uint8Array, { id, document, value }: CheckedCommit): Change[] => [
  { put: headKey(partition, row, id), value: encodeBytes(document) },
  ...(value ? [{ put: valueKey(partition, row, id), value }] : []),
]

const removeHead = (partition: Uint8Array, row: Uint8Array, { id, hasValue }: DraftHead): Change[] => [
  { remove: headKey(partition, row, id) },
  ...(hasValue ? [{ remove: valueKey(partition, row, id) }] : []),
]
