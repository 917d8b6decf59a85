/**
 * Providers that say to have more than they have: room, or shards. What they do beside is done by the role that they hide.
 *
 * @module
 */
import { LEAF_ANSWER, LEAF_CHALLENGE } from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { readDocument, RESERVATION, signDocument } from '@lunarx/core/document'
import { packShardKeys, shardKeyBytes, type ShardKey } from '@lunarx/core/inventory'
import { concatBytes, hexOf, LunarError } from '@lunarx/core/model'
import type { Handler, Peers } from '@lunarx/net/peers'
import { inventory, proveLeaf, retrieve, store, type AnswerOf, type Exchange, type QuestionOf } from '@lunarx/wire'

/**
 * Has room for so many bytes of shards, whatever capacity its role announces: takes what comes on top, gives its receipt, and drops it.
 * Asked for a leaf of that it signs bytes of its own making, with the path, which it has kept.
 * @param onDrop called with the name of each shard that is dropped, {@link shardName}
 */
export function overcommitted(peers: Peers, signKey: SignKey, roomBytes: number, onDrop: (shard: string) => void): Peers {
  const dropped = new Set<string>()
  let usedBytes = 0
  return {
    ...asks(peers),
    answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
      if (exchange.name === store.name) {
        const honest = handler as unknown as Handler<QuestionOf<typeof store>, AnswerOf<typeof store>>
        peers.answer(store, async (question, asked) => {
          const answer = await honest(question, asked)
          const { sizeBytes, ...shard } = readDocument(RESERVATION, question.key)
          if (usedBytes + sizeBytes <= roomBytes) usedBytes += sizeBytes
          else {
            dropped.add(shardName(shard))
            onDrop(shardName(shard))
          }
          return answer
        })
      } else if (exchange.name === retrieve.name) {
        const honest = handler as unknown as Handler<QuestionOf<typeof retrieve>, AnswerOf<typeof retrieve>>
        peers.answer(retrieve, async (question, asked) => {
          if (dropped.has(shardName(question))) throw new LunarError('STORE_FAILED', 'makes an excuse')
          return await honest(question, asked)
        })
      } else if (exchange.name === proveLeaf.name) {
        const honest = handler as unknown as Handler<
          QuestionOf<typeof proveLeaf>,
          { readonly answer: AnswerOf<typeof proveLeaf>['answer'] }
        >
        peers.answer(proveLeaf, async (question, asked) => {
          const { answer } = (await honest(question, asked)) as AnswerOf<typeof proveLeaf>
          if (!dropped.has(shardName(readDocument(LEAF_CHALLENGE, question.challenge)))) return { answer }
          const { proof, ...rest } = readDocument(LEAF_ANSWER, answer)
          const madeUp = proof && { ...proof, bytes: new Uint8Array(proof.bytes.length) }
          return { answer: signDocument(LEAF_ANSWER, { ...rest, proof: madeUp }, signKey) }
        })
      } else peers.answer(exchange, handler)
    },
  }
}

/**
 * Lists shards that it was never given, with whatever it has to report next, and goes on to list them: where everything is compared, it is
 * found out without an audit.
 */
export const namesUnheld = (peers: Peers, unheld: () => readonly ShardKey[]): Peers => ({
  ...asks(peers),
  async ask(to, exchange, question, options) {
    const page = question as QuestionOf<typeof inventory>
    if (exchange.name !== inventory.name || page.range !== null) return await peers.ask(to, exchange, question, options)
    return await peers.ask(to, exchange, { ...page, held: concatBytes(page.held, packShardKeys(unheld())) } as typeof question, options)
  },
})

export const shardName = (shard: ShardKey): string => hexOf(shardKeyBytes(shard))

const asks = (peers: Peers): Peers => ({
  self: peers.self,
  credential: peers.credential,
  ask: (to, exchange, question, options) => peers.ask(to, exchange, question, options),
  answer: (exchange, handler) => peers.answer(exchange, handler),
  [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
})
