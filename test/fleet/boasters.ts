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
import type { Peers } from '@lunarx/net/peers'
import { inventory, proveLeaf, retrieve, store, type AnswerOf, type QuestionOf } from '@lunarx/wire'
import { answering, disguised } from './disguised.ts'

/**
 * Has room for so many bytes of shards, whatever capacity its role announces: takes what comes on top, gives its receipt, and drops it.
 * Asked for a leaf of that it signs bytes of its own making, with the path, which it has kept.
 * @param onDrop called with the name of each shard that is dropped, {@link shardName}
 */
export function overcommitted(peers: Peers, signKey: SignKey, roomBytes: number, onDrop: (shard: string) => void): Peers {
  const dropped = new Set<string>()
  let usedBytes = 0
  const storing = answering(peers, store, (honest) => async (question, asked) => {
    const answer = await honest(question, asked)
    const { sizeBytes, ...shard } = readDocument(RESERVATION, question.key)
    if (usedBytes + sizeBytes <= roomBytes) usedBytes += sizeBytes
    else {
      dropped.add(shardName(shard))
      onDrop(shardName(shard))
    }
    return answer
  })
  const reading = answering(storing, retrieve, (honest) => async (question, asked) => {
    if (dropped.has(shardName(question))) throw new LunarError('STORE_FAILED', 'makes an excuse')
    return await honest(question, asked)
  })
  return answering(reading, proveLeaf, (honest) => async (question, asked) => {
    const { answer } = (await honest(question, asked)) as AnswerOf<typeof proveLeaf>
    if (!dropped.has(shardName(readDocument(LEAF_CHALLENGE, question.challenge)))) return { answer }
    const { proof, ...rest } = readDocument(LEAF_ANSWER, answer)
    const madeUp = proof && { ...proof, bytes: new Uint8Array(proof.bytes.length) }
    return { answer: signDocument(LEAF_ANSWER, { ...rest, proof: madeUp }, signKey) }
  })
}

/**
 * Lists shards that it was never given, with whatever it has to report next, and goes on to list them: where everything is compared, it is
 * found out without an audit.
 */
export const namesUnheld = (peers: Peers, unheld: () => readonly ShardKey[]): Peers =>
  disguised(peers, {
    async ask(to, exchange, question, options) {
      const page = question as QuestionOf<typeof inventory>
      if (exchange.name !== inventory.name || page.range !== null) return await peers.ask(to, exchange, question, options)
      return await peers.ask(to, exchange, { ...page, held: concatBytes(page.held, packShardKeys(unheld())) } as typeof question, options)
    },
  })

export const shardName = (shard: ShardKey): string => hexOf(shardKeyBytes(shard))
