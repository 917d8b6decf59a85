/**
 * Sees what providers of a fleet store, give to readers and give up at the moment at which they do, whatever trackers know or say of it.
 *
 * @module
 */
import { GRANT, readDocument, RESERVATION } from '@lunarx/core/document'
import { hexOf } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import { retrieve, store, surplus, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { disguised } from '../fleet/disguised.ts'

type ShardName = string

const nameOf = ({ segment, index }: { readonly segment: Uint8Array; readonly index: number }): ShardName => `${hexOf(segment)} ${index}`

export class Witness {
  /** Who holds each shard now, by number. */
  readonly holders = new Map<ShardName, Set<number>>()
  /** Shards that nobody held any more when one had given way. */
  readonly vanished: ShardName[] = []
  /** Shards that a provider took after it had given them up. */
  readonly cameBack: ShardName[] = []
  /** How many each provider has taken and given up. */
  readonly taken = new Map<number, number>()
  readonly given = new Map<number, number>()
  /** How often each was read from. */
  readonly read = new Map<number, number>()
  readonly #left = new Set<string>()

  /** Stands between a provider and its peers: `disguise` of a fleet. */
  readonly overhear = (provider: number, peers: Peers): Peers =>
    disguised(peers, {
      answer: (exchange, handler) =>
        peers.answer(exchange, async (question, asked) => {
          const answer = await handler(question, asked)
          if (exchange.name === retrieve.name) this.read.set(provider, (this.read.get(provider) ?? 0) + 1)
          if (exchange.name === store.name) this.#noteStored(provider, question as QuestionOf<typeof store>)
          if (exchange.name === surplus.name && (answer as AnswerOf<typeof surplus>).removed)
            this.#noteGiven(provider, question as QuestionOf<typeof surplus>)
          return answer
        }),
    })

  forgetCounts(): void {
    this.taken.clear()
    this.given.clear()
  }

  #noteStored(provider: number, { key }: QuestionOf<typeof store>): void {
    const shard = nameOf(readDocument(RESERVATION, key))
    if (this.#left.has(`${provider} ${shard}`)) this.cameBack.push(shard)
    this.holders.set(shard, (this.holders.get(shard) ?? new Set()).add(provider))
    this.taken.set(provider, (this.taken.get(provider) ?? 0) + 1)
  }

  #noteGiven(provider: number, { order }: QuestionOf<typeof surplus>): void {
    const shard = nameOf(readDocument(GRANT, order))
    const holders = this.holders.get(shard)
    holders?.delete(provider)
    if (!holders || holders.size === 0) this.vanished.push(shard)
    this.#left.add(`${provider} ${shard}`)
    this.given.set(provider, (this.given.get(provider) ?? 0) + 1)
  }
}
