/**
 * Fetches a row that an audit found missing here, from the other members of its partition: heads that this member lacks, and values that
 * are gone from under heads which it has (anti-entropy compares heads, and would never see these).
 *
 * In the background, each row once at a time; what fails is found again by the next audit.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, readDocument, type SignedDocument } from '@lunarx/core/document'
import type { EpochMember } from '@lunarx/core/epoch'
import type { PeerId } from '@lunarx/core/membership'
import { equalBytes, hexOf, LunarError } from '@lunarx/core/model'
import { partitionOf, ROW_COMMIT } from '@lunarx/core/row'
import type { Peers } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import type { Tasks } from '@lunarx/runtime/tasks'
import { readRows } from '@lunarx/wire'
import { askPeer } from '../ask/index.ts'
import type { EpochGate, EpochKeeper } from '../epochs/index.ts'
import { ROW_LIMITS } from '../limits.ts'
import { checkCommit, type CheckedCommit, type RowTable } from '../table/index.ts'

export interface RefetchDeps {
  readonly peers: Peers
  readonly table: RowTable
  readonly gate: EpochGate
  readonly epochs: EpochKeeper
  readonly crypto: CryptoEngine
  readonly self: PeerId
  readonly log: Log
  readonly tasks: Pick<Tasks, 'run'>
}

export class Refetch {
  readonly #deps: RefetchDeps
  /** Commits that are being fetched, by id as hex. */
  readonly #fetching = new Set<string>()

  constructor(deps: RefetchDeps) {
    this.#deps = deps
  }

  /** Starts it, unless it is under way or too many are. */
  fetch(commit: SignedDocument): void {
    const { crypto, tasks } = this.#deps
    const hex = hexOf(documentId(ROW_COMMIT, commit, crypto))
    if (this.#fetching.has(hex) || this.#fetching.size >= ROW_LIMITS.refetchedRows) return
    this.#fetching.add(hex)
    tasks.run('fetch a row again', async (signal) => {
      try {
        await this.#fetch(commit, signal)
      } finally {
        this.#fetching.delete(hex)
      }
    })
  }

  async #fetch(commit: SignedDocument, signal: AbortSignal): Promise<void> {
    const { crypto, epochs, gate, self, table, log } = this.#deps
    const { standing } = epochs
    if (!standing) return
    const { author, table: token } = readDocument(ROW_COMMIT, commit)
    const id = documentId(ROW_COMMIT, commit, crypto)
    for (const member of gate.members(partitionOf(author, token, crypto), standing)) {
      if (member.peer === self || signal.aborted) continue
      const commits = await this.#read(member, commit, standing.current.number, signal)
      if (commits.length === 0) continue
      await table.union(commits)
      await table.restore(commits)
      log.warn('a row that was not here was fetched', { member: member.name, heads: commits.length })
      if (commits.some((one) => equalBytes(one.id, id))) return
    }
  }

  /** None: the member is away, in another epoch, or has no such row either. */
  async #read({ address }: EpochMember, commit: SignedDocument, epoch: number, signal: AbortSignal): Promise<CheckedCommit[]> {
    const { peers, crypto } = this.#deps
    const { author, table, row } = readDocument(ROW_COMMIT, commit)
    const partition = partitionOf(author, table, crypto)
    const question = { epoch, keys: [{ author, table, row, values: true, have: [] }] }
    try {
      const { rows } = await askPeer(peers, address, readRows, question, { timeoutMs: ROW_LIMITS.askMs, signal })
      const heads = rows.flatMap((answered) => ('heads' in answered ? answered.heads : []))
      const whole = heads.filter(({ document, value }) => value !== null || readDocument(ROW_COMMIT, document).value === null)
      return whole
        .map((head) => checkCommit(head, crypto))
        .filter((one) => equalBytes(one.row, row) && equalBytes(one.partition, partition))
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof LunarError) return []
      throw error
    }
  }
}
