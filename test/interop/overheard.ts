/**
 * All that leaves a client for the network: signed rows, signed segment records, shards. What somebody else's reader may have of it,
 * beside the owner secret.
 *
 * @module
 */
import { documentId, readDocument, RESERVATION, SEGMENT_RECORD, type SignedDocument } from '@lunarx/core/document'
import { ownerKeys } from '@lunarx/core/keys'
import { concatBytes, equalBytes, hexOf } from '@lunarx/core/model'
import { ROW_COMMIT, type ValuedCommit } from '@lunarx/core/row'
import type { Body, Peers } from '@lunarx/net/peers'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { type QuestionOf, store, writeRows } from '@lunarx/wire'
import { disguised } from '../fleet/disguised.ts'

export interface OverheardSet {
  readonly record: SignedDocument
  /** By index. */
  readonly shards: Map<number, Uint8Array>
}

export class Overheard {
  readonly peers: Peers
  /** By segment id, hex. */
  readonly sets = new Map<string, OverheardSet>()
  readonly #commits = new Map<string, ValuedCommit>()

  constructor(peers: Peers) {
    this.peers = disguised(peers, {
      ask: (to, exchange, question, options = {}) => {
        if (exchange.name === writeRows.name) this.#hearRows(question as QuestionOf<typeof writeRows>)
        if (exchange.name !== store.name || !options.body) return peers.ask(to, exchange, question, options)
        return peers.ask(to, exchange, question, { ...options, body: this.#hearShard(question as QuestionOf<typeof store>, options.body) })
      },
    })
  }

  /** All commits that were ever written to the row of an object, with their values. */
  commitsOf(name: string, ownerSecret: Uint8Array): { body: Uint8Array; signature: Uint8Array; sealed: Uint8Array | null }[] {
    const row = ownerKeys(ownerSecret, crypto).table('objects').rowToken(name)
    return [...this.#commits.values()]
      .filter(({ document }) => equalBytes(readDocument(ROW_COMMIT, document).row, row))
      .map(({ document, value }) => ({ ...document, sealed: value }))
  }

  #hearRows({ commits }: QuestionOf<typeof writeRows>): void {
    for (const commit of commits) this.#commits.set(hexOf(documentId(ROW_COMMIT, commit.document, crypto)), commit)
  }

  async *#hearShard({ key, record }: QuestionOf<typeof store>, body: Body): Body {
    const chunks: Uint8Array[] = []
    for await (const chunk of body) {
      chunks.push(chunk.slice())
      yield chunk
    }
    const id = hexOf(documentId(SEGMENT_RECORD, record, crypto))
    const set = this.sets.get(id) ?? { record, shards: new Map<number, Uint8Array>() }
    this.sets.set(id, set)
    set.shards.set(readDocument(RESERVATION, key).index, concatBytes(...chunks))
  }
}
