/**
 * Rows of one owner in the row store: written to d + 1 of R replicas before they count, read from R − d, so that every read meets
 * the newest acknowledged write. The client is the coordinator; replicas never vouch for each other.
 *
 * Heads come back verified: signed by this owner, of the row that was asked. Absence is what R − d complete replicas of one epoch
 * agree on, and nothing less.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, openDocument, type SignedDocument } from '@lunarx/core/document'
import { partitionMembers, readQuorum, writeQuorum, type Epoch, type EpochMember } from '@lunarx/core/epoch'
import { compareBytes, equalBytes, hexOf, LIMITS, LunarError } from '@lunarx/core/model'
import { mergeHeads, partitionOf, ROW_COMMIT, type Head, type RowCommit } from '@lunarx/core/row'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { retry } from '@lunarx/runtime/tasks'
import { listRows, readRows, writeRows, type AnswerOf, type Exchange } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import type { Epochs } from './epochs.ts'
import { firstOf } from './first-of.ts'

/** Tries at one write or read, each with the newest epoch. */
const ATTEMPTS = 7
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 3_000
const TIMEOUT_MS = 8_000
/** How long `settle` waits for replicas beyond the quorum. */
const SETTLE_MS = 1_000

/** A commit among the heads of its row. */
export interface RowHead extends Head {
  readonly commit: RowCommit
}

export interface RowKey {
  readonly table: Uint8Array
  readonly row: Uint8Array
}

export interface RowPage {
  /** Rows in order of token, with their heads. */
  readonly rows: readonly { readonly row: Uint8Array; readonly heads: readonly RowHead[] }[]
  /** Where to go on; undefined: that was the last page. */
  readonly next: Uint8Array | undefined
}

export interface RowClientDeps {
  /** Ed25519 key of the owner, whose rows these are. */
  readonly author: Uint8Array
  readonly epochs: Epochs
  readonly peers: Peers
  readonly clock: Clock
  readonly random: Random
  readonly crypto: CryptoEngine
  readonly log: Log
}

export class RowClient {
  readonly #deps: RowClientDeps
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(deps: RowClientDeps) {
    this.#deps = deps
  }

  /**
   * Durable with d + 1 replicas when it resolves; the others are still being told.
   * @throws {LunarError} NOT_ENOUGH_REPLICAS: the commit may or may not come up later; or what the replicas refused it for
   */
  async write(table: Uint8Array, commit: SignedDocument, signal: AbortSignal): Promise<void> {
    await this.#atEpoch(table, signal, async (epoch, members) => {
      const needed = writeQuorum(epoch)
      const asked = this.#askAll(members, writeRows, { epoch: epoch.number, commits: [commit] }, signal)
      const { answers, failures } = await firstOf(asked, (answers) => answers.length >= needed)
      if (answers.length < needed) throw tooFew('write', { needed, answered: answers.length, members: members.length }, failures)
    })
  }

  /** @throws {LunarError} NOT_ENOUGH_REPLICAS; absence is an empty array, not an error */
  async read({ table, row }: RowKey, signal: AbortSignal): Promise<RowHead[]> {
    const { author } = this.#deps
    return await this.#atEpoch(table, signal, async (epoch, members) => {
      const needed = readQuorum(epoch, members.length)
      const isComplete = (answer: { rows: readonly { complete: boolean }[] }): boolean => answer.rows[0]?.complete === true
      const asked = this.#askAll(members, readRows, { epoch: epoch.number, keys: [{ author, table, row }] }, signal)
      const { answers, failures } = await firstOf(asked, (answers) => answers.filter(isComplete).length >= needed)
      const complete = answers.filter(isComplete).length
      if (complete < needed) throw tooFew('read', { needed, answered: complete, members: members.length }, failures)
      return (
        this.#headsOf(
          answers.flatMap((answer) => answer.rows[0]?.heads ?? []),
          table,
        ).get(hexOf(row)) ?? []
      )
    })
  }

  /** One page of the rows of a table after a row token. Deleted rows come too, as heads without a value. */
  async list(table: Uint8Array, after: Uint8Array | null, signal: AbortSignal): Promise<RowPage> {
    const { author } = this.#deps
    return await this.#atEpoch(table, signal, async (epoch, members) => {
      const needed = readQuorum(epoch, members.length)
      const question = { epoch: epoch.number, author, table, after, limit: LIMITS.pageRows }
      // a page that ends where it began would hold the listing up for ever
      const goesOn = (next: Uint8Array | null): boolean => next === null || after === null || compareBytes(next, after) > 0
      const counting = (answers: readonly AnswerOf<typeof listRows>[]) => answers.filter((answer) => answer.complete && goesOn(answer.next))
      const asked = this.#askAll(members, listRows, question, signal)
      const { answers, failures } = await firstOf(asked, (answers) => counting(answers).length >= needed)
      const complete = counting(answers)
      if (complete.length < needed) throw tooFew('list', { needed, answered: complete.length, members: members.length }, failures)
      return this.#mergePages(complete, table, after)
    })
  }

  /** Waits a moment for replicas that are still being told: for a process that is about to end. */
  async settle(): Promise<void> {
    if (this.#underWay.size === 0) return
    const enough = new AbortController()
    await Promise.race([Promise.allSettled(this.#underWay), this.#deps.clock.sleep(SETTLE_MS, enough.signal).catch(() => undefined)])
    enough.abort()
  }

  /** Up to the least page end, every replica has said all it has; what lies beyond comes with the next page. */
  #mergePages(
    pages: readonly { readonly heads: readonly SignedDocument[]; readonly next: Uint8Array | null }[],
    table: Uint8Array,
    after: Uint8Array | null,
  ): RowPage {
    const until = pages.flatMap(({ next }) => next ?? []).sort(compareBytes)[0]
    const rows = [
      ...this.#headsOf(
        pages.flatMap((page) => page.heads),
        table,
      ).values(),
    ]
      .map((heads) => ({ row: heads[0].commit.row, heads }))
      .filter(({ row }) => (until === undefined || compareBytes(row, until) <= 0) && (after === null || compareBytes(row, after) > 0))
      .sort((a, b) => compareBytes(a.row, b.row))
    return { rows, next: until }
  }

  /** Verified heads by row (hex), merged. What does not verify is left out: the replica that gave it can only withhold, not forge. */
  #headsOf(documents: readonly SignedDocument[], table: Uint8Array): Map<string, [RowHead, ...RowHead[]]> {
    const { author, crypto, log } = this.#deps
    const byRow = new Map<string, Map<string, RowHead>>()
    for (const document of documents) {
      const id = documentId(ROW_COMMIT, document, crypto)
      try {
        const commit = openDocument(ROW_COMMIT, document, () => author, crypto)
        if (!equalBytes(commit.author, author) || !equalBytes(commit.table, table))
          throw new LunarError('BAD_MESSAGE', 'a row of another table')
        const row = hexOf(commit.row)
        byRow.set(
          row,
          (byRow.get(row) ?? new Map<string, RowHead>()).set(hexOf(id), { id, writer: commit.writer, clock: commit.clock, commit }),
        )
      } catch (error) {
        log.warn('a replica gave a row that does not verify', { error })
      }
    }
    const merged = new Map<string, [RowHead, ...RowHead[]]>()
    for (const [row, heads] of byRow) {
      const [first, ...others] = mergeHeads([], [...heads.values()], Number.MAX_SAFE_INTEGER)
      if (first) merged.set(row, [first, ...others])
    }
    return merged
  }

  #askAll<Q, A>(members: readonly EpochMember[], exchange: Exchange<Q, A>, question: Q, signal: AbortSignal): Promise<A>[] {
    return members.map(({ address, peer }) => {
      const asked = answerOf(this.#deps.peers, { ...address, peer }, exchange, question, { signal, timeoutMs: TIMEOUT_MS })
      const ended = asked.catch(() => undefined).finally(() => this.#underWay.delete(ended))
      this.#underWay.add(ended)
      return asked
    })
  }

  /** Runs with the epoch in force; again with a newer one when replicas have moved on or too few answer. */
  async #atEpoch<T>(
    table: Uint8Array,
    signal: AbortSignal,
    work: (epoch: Epoch, members: readonly EpochMember[]) => Promise<T>,
  ): Promise<T> {
    const { author, clock, crypto, epochs, random } = this.#deps
    const partition = partitionOf(author, table, crypto)
    return await retry(
      async (attempt) => {
        const epoch = attempt === 1 ? await epochs.current(signal) : await epochs.refresh(signal)
        return await work(epoch, partitionMembers(epoch, partition, crypto))
      },
      { clock, random, attempts: ATTEMPTS, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, signal },
    )
  }
}

/** What to tell the caller: a refusal for good if that is why, else that too few answered. */
function tooFew(operation: string, counts: Readonly<Record<string, number>>, failures: readonly unknown[]): unknown {
  const isStale = failures.some((error) => error instanceof LunarError && error.code === 'STALE_EPOCH')
  const refusal = failures.find((error) => !(error instanceof LunarError) || (!error.retryable && error.code !== 'WRONG_PEER'))
  if (refusal !== undefined && !isStale) return refusal
  return new LunarError('NOT_ENOUGH_REPLICAS', `too few replicas answered to ${operation} a row`, { cause: failures[0], detail: counts })
}
