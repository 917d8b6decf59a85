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
import { partitionMembers, readQuorum, writeQuorum, type Epoch, type EpochMember } from '@lunarx/core/epoch'
import { bytesOfHex, compareBytes, hexOf, LIMITS, LunarError } from '@lunarx/core/model'
import { partitionOf, type ValuedCommit } from '@lunarx/core/row'
import type { Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Log } from '@lunarx/runtime/log'
import type { Random } from '@lunarx/runtime/random'
import { retry } from '@lunarx/runtime/tasks'
import { listRows, type AnswerOf } from '@lunarx/wire'
import { answerOf } from '../answer-of.ts'
import { RecentFailures } from '../failures.ts'
import type { Epochs } from './epochs.ts'
import { firstOf } from './first-of.ts'
import { areWhole, openHeads, type FoundHead, type RowHead } from './heads.ts'
import { inTurn, quorumOf } from './quorum.ts'
import { ASK_MS, Replicas } from './replicas.ts'

/** Tries at one write or read, each with the newest epoch. */
const ATTEMPTS = 7
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 3_000
/** How long `settle` waits for replicas beyond the quorum. */
const SETTLE_MS = 1_000
/** Tables whose members are remembered. */
const MAX_PLACED = 1_000

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
  readonly #replicas: Replicas
  readonly #failures: RecentFailures
  /** Of tables (hex) in the epoch that is in force. */
  readonly #placed = new Map<string, Placed>()

  constructor(deps: RowClientDeps) {
    this.#deps = deps
    this.#replicas = new Replicas(deps.peers)
    this.#failures = new RecentFailures(deps.clock)
  }

  /**
   * Durable with d + 1 replicas when it resolves; the others are still being told.
   * @throws {LunarError} NOT_ENOUGH_REPLICAS: the commit may or may not come up later; or what the replicas refused it for
   */
  async write(table: Uint8Array, commit: ValuedCommit, signal: AbortSignal): Promise<void> {
    const group = hexOf(table)
    await this.#atEpoch(table, signal, async (epoch, members) => {
      const needed = writeQuorum(epoch)
      const asked = members.map((member) => this.#replicas.write(epoch.number, member, group, commit, signal))
      const { answers, failures } = await firstOf(asked, (answers) => answers.length >= needed)
      if (answers.length < needed) throw tooFew('write', { needed, answered: answers.length, members: members.length }, failures)
    })
  }

  /** @throws {LunarError} NOT_ENOUGH_REPLICAS; absence is an empty array, not an error */
  async read({ table, row }: RowKey, signal: AbortSignal): Promise<RowHead[]> {
    const { author } = this.#deps
    const group = hexOf(table)
    return await this.#atEpoch(table, signal, async (epoch, members) => {
      const values = new Map<string, Uint8Array>()
      for (let known = -1; known < values.size;) {
        const isFirst = known < 0
        known = values.size
        const have = [...values.keys()].slice(0, LIMITS.rowHeads).map(bytesOfHex)
        const answers = await this.#quorum('read', epoch, members, (member, isLeading) => {
          const wanted = { author, table, row, values: isLeading || !isFirst, have }
          return this.#replicas.read(epoch.number, member, group, wanted, signal)
        })
        const heads = openHeads(answers, table, values, this.#deps).get(hexOf(row)) ?? []
        if (areWhole(heads)) return heads
      }
      throw new LunarError('NOT_ENOUGH_REPLICAS', 'no replica that answers has the value of a row')
    })
  }

  /** One page of the rows of a table after a row token. Deleted rows come too, as heads without a value. */
  async list(table: Uint8Array, after: Uint8Array | null, signal: AbortSignal): Promise<RowPage> {
    const { author, peers } = this.#deps
    const { rows, next } = await this.#atEpoch(table, signal, async (epoch, members) => {
      const question = { epoch: epoch.number, author, table, after, limit: LIMITS.pageRows }
      const pages = await this.#quorum('list', epoch, members, async ({ address, peer }, values) => {
        const options = { signal, timeoutMs: ASK_MS }
        const page = await answerOf(peers, { ...address, peer }, listRows, { ...question, values }, options)
        // a page that ends where it began would hold the listing up for ever
        const goesOn = page.next === null || after === null || compareBytes(page.next, after) > 0
        return { ...page, complete: page.complete && goesOn }
      })
      return this.#mergePages(pages, table, after)
    })
    const whole = rows.map(async ({ row, heads }) => ({
      row,
      heads: areWhole(heads) ? heads : await this.read({ table, row }, signal),
    }))
    return { rows: await Promise.all(whole), next }
  }

  /** Waits a moment for replicas that are still being told: for a process that is about to end. */
  async settle(): Promise<void> {
    if (this.#replicas.isIdle) return
    const enough = new AbortController()
    await Promise.race([this.#replicas.settled(), this.#deps.clock.sleep(SETTLE_MS, enough.signal).catch(() => undefined)])
    enough.abort()
  }

  /** Up to the least page end, every replica has said all it has; what lies beyond comes with the next page. */
  #mergePages(pages: readonly AnswerOf<typeof listRows>[], table: Uint8Array, after: Uint8Array | null): MergedPage {
    const until = pages.flatMap(({ next }) => next ?? []).sort(compareBytes)[0]
    const rows = [...openHeads(pages, table, new Map(), this.#deps)]
      .map(([row, heads]) => ({ row: bytesOfHex(row), heads }))
      .filter(({ row }) => (until === undefined || compareBytes(row, until) <= 0) && (after === null || compareBytes(row, after) > 0))
      .sort((a, b) => compareBytes(a.row, b.row))
    return { rows, next: until }
  }

  /**
   * Complete answers of R − d replicas. As many are asked, the first of them for values too; the others when one of these fails or
   * is slow.
   */
  async #quorum<A extends { readonly complete: boolean }>(
    operation: string,
    epoch: Epoch,
    members: readonly EpochMember[],
    ask: (member: EpochMember, isLeading: boolean) => Promise<A>,
  ): Promise<A[]> {
    const { clock, random } = this.#deps
    const needed = readQuorum(epoch, members.length)
    const inOrder = inTurn(members, this.#failures, random)
    const { answers, failures } = await quorumOf(inOrder, { needed, ask, clock, failures: this.#failures })
    if (answers.length < needed) throw tooFew(operation, { needed, answered: answers.length, members: members.length }, failures)
    return answers
  }

  /** Runs with the epoch in force; again with a newer one when replicas have moved on or too few answer. */
  async #atEpoch<T>(
    table: Uint8Array,
    signal: AbortSignal,
    work: (epoch: Epoch, members: readonly EpochMember[]) => Promise<T>,
  ): Promise<T> {
    const { clock, epochs, random } = this.#deps
    return await retry(
      async (attempt) => {
        const epoch = attempt === 1 ? await epochs.current(signal) : await epochs.refresh(signal)
        return await work(epoch, this.#membersOf(table, epoch))
      },
      { clock, random, attempts: ATTEMPTS, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, signal },
    )
  }

  #membersOf(table: Uint8Array, epoch: Epoch): readonly EpochMember[] {
    const key = hexOf(table)
    const known = this.#placed.get(key)
    if (known?.epoch === epoch) return known.members
    const { author, crypto } = this.#deps
    const members = partitionMembers(epoch, partitionOf(author, table, crypto), crypto)
    if (this.#placed.size >= MAX_PLACED) this.#placed.clear()
    this.#placed.set(key, { epoch, members })
    return members
  }
}

interface Placed {
  readonly epoch: Epoch
  readonly members: readonly EpochMember[]
}

interface MergedPage {
  readonly rows: readonly { readonly row: Uint8Array; readonly heads: FoundHead[] }[]
  readonly next: Uint8Array | undefined
}

/** What to tell the caller: a refusal for good if that is why, else that too few answered. */
function tooFew(operation: string, counts: Readonly<Record<string, number>>, failures: readonly unknown[]): unknown {
  const isStale = failures.some((error) => error instanceof LunarError && error.code === 'STALE_EPOCH')
  const refusal = failures.find((error) => !(error instanceof LunarError) || (!error.retryable && error.code !== 'WRONG_PEER'))
  if (refusal !== undefined && !isStale) return refusal
  return new LunarError('NOT_ENOUGH_REPLICAS', `too few replicas answered to ${operation} a row`, { cause: failures[0], detail: counts })
}
