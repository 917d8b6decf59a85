/**
 * Looks at what providers really hold of the rows that clients wrote, without believing any tracker: has every member of a row's partition
 * its newest commit, value and all?
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentId, readDocument, type SignedDocument } from '@lunarx/core/document'
import { partitionMembers, type Epoch, type EpochMember } from '@lunarx/core/epoch'
import { hexOf, LunarError } from '@lunarx/core/model'
import { partitionOf, ROW_COMMIT, type RowCommit } from '@lunarx/core/row'
import type { Peers } from '@lunarx/net/peers'
import { readRows, writeRows, type QuestionOf } from '@lunarx/wire'
import { disguised } from '../fleet/disguised.ts'

interface WrittenRow {
  readonly commit: RowCommit
  /** Of the commit, as hex. */
  readonly id: string
}

export class RowReplicas {
  readonly #crypto: CryptoEngine
  /** By token of the row as hex, the newest commit that was sent to anybody. */
  readonly #written = new Map<string, WrittenRow>()
  #peers: Peers | undefined

  constructor(crypto: CryptoEngine) {
    this.#crypto = crypto
  }

  /** The peers of a client, overheard. */
  overhear(peers: Peers): Peers {
    this.#peers = peers
    return disguised(peers, {
      ask: (to, exchange, question, options) => {
        if (exchange.name === writeRows.name)
          for (const { document } of (question as QuestionOf<typeof writeRows>).commits) this.#learn(document)
        return peers.ask(to, exchange, question, options)
      },
    })
  }

  /** Members of any partition that has rows. */
  hosts(epoch: Epoch): EpochMember[] {
    const hosts = [...this.#written.values()].flatMap((row) => this.#membersOf(row, epoch))
    return [...new Map(hosts.map((member) => [member.peer, member])).values()]
  }

  /** What is missing, member by member; []: every row is there d + 2 times. */
  async shortfalls(epoch: Epoch): Promise<string[]> {
    const lacking: string[] = []
    for (const row of this.#written.values())
      for (const member of this.#membersOf(row, epoch))
        if (!(await this.#holds(member, row, epoch.number))) lacking.push(`${member.name} lacks a commit of row ${hexOf(row.commit.row)}`)
    return lacking
  }

  #membersOf({ commit: { author, table } }: WrittenRow, epoch: Epoch): EpochMember[] {
    return partitionMembers(epoch, partitionOf(author, table, this.#crypto), this.#crypto)
  }

  #learn(document: SignedDocument): void {
    const commit = readDocument(ROW_COMMIT, document)
    this.#written.set(hexOf(commit.row), { commit, id: hexOf(documentId(ROW_COMMIT, document, this.#crypto)) })
  }

  async #holds({ address }: EpochMember, { commit, id }: WrittenRow, epoch: number): Promise<boolean> {
    const { author, table, row } = commit
    try {
      const asked = await this.#peers?.ask(address, readRows, { epoch, keys: [{ author, table, row, values: true, have: [] }] })
      const [answer] = asked?.answer.rows ?? []
      if (!answer || 'refusal' in answer) return false
      const head = answer.heads.find(({ document }) => hexOf(documentId(ROW_COMMIT, document, this.#crypto)) === id)
      return head !== undefined && (head.value !== null || commit.value === null)
    } catch (error) {
      if (error instanceof LunarError) return false
      throw error
    }
  }
}
