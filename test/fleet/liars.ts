/**
 * Providers that do not answer audits as they should, each a way to cheat: what they keep and say of themselves stays as it is.
 *
 * @module
 */
import { LEAF_ANSWER, SWEEP_ANSWER, type LeafAnswer } from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { readDocument, signDocument, type SignedDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { Handler, Peers } from '@lunarx/net/peers'
import { proveLeaf, proveSweep, submitAnswer, type AnswerOf, type Exchange, type QuestionOf } from '@lunarx/wire'

/** What becomes of the honest answer. Undefined: silence. */
export type Lie = (honest: LeafAnswer) => LeafAnswer | undefined

/** Signs leaves that are not those of the address. */
export const givesGarbage: Lie = (honest) => ({
  ...honest,
  proof: honest.proof && { ...honest.proof, bytes: honest.proof.bytes.map((byte) => byte ^ 0xff) },
})
/** Has dropped everything, and goes on to list it in its inventory. */
export const hasDropped: Lie = (honest) => ({ ...honest, proof: null })
/** Answers no audit, and beats on. */
export const isSilent: Lie = () => undefined

/** Has dropped everything: no watermark of a sweep is right, and leaves are lost. */
export const hasDroppedAll = (peers: Peers, signKey: SignKey): Peers => answeringSweeps(liar(peers, signKey, hasDropped), signKey)

/** A provider that lies to whoever dials it, and by its heartbeats too unless it is honest there. */
export function liar(peers: Peers, signKey: SignKey, lie: Lie, { isHonestByHeartbeat = false } = {}): Peers {
  const told = (document: SignedDocument): SignedDocument | undefined => {
    const value = lie(readDocument(LEAF_ANSWER, document))
    return value && signDocument(LEAF_ANSWER, value, signKey)
  }
  const refuse = (): never => {
    throw new LunarError('TOO_MANY_REQUESTS', 'keeps silent')
  }
  return {
    self: peers.self,
    credential: peers.credential,
    async ask(to, exchange, question, options) {
      if (exchange.name !== submitAnswer.name || isHonestByHeartbeat) return await peers.ask(to, exchange, question, options)
      const answer = told((question as { readonly answer: SignedDocument }).answer) ?? refuse()
      return await peers.ask(to, exchange, { answer } as typeof question, options)
    },
    answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
      if (exchange.name !== proveLeaf.name) return peers.answer(exchange, handler)
      const honest = handler as unknown as Handler<{ readonly challenge: SignedDocument }, { readonly answer: SignedDocument }>
      peers.answer(proveLeaf, async (question, asked) => {
        const answered = (await honest(question, asked)) as { readonly answer: SignedDocument }
        return { answer: told(answered.answer) ?? refuse() }
      })
    },
    [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
  }
}

/** Signs digests of other bytes than those that are asked. */
function answeringSweeps(peers: Peers, signKey: SignKey): Peers {
  const garbled = (document: SignedDocument): SignedDocument => {
    const answer = readDocument(SWEEP_ANSWER, document)
    return signDocument(SWEEP_ANSWER, { ...answer, digest: answer.digest.map((byte) => byte ^ 0xff) }, signKey)
  }
  return {
    ...peers,
    answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
      if (exchange.name !== proveSweep.name) return peers.answer(exchange, handler)
      const honest = handler as unknown as Handler<QuestionOf<typeof proveSweep>, AnswerOf<typeof proveSweep>>
      peers.answer(proveSweep, async (question, asked) => {
        const { answers } = (await honest(question, asked)) as AnswerOf<typeof proveSweep>
        return { answers: answers.map(garbled) }
      })
    },
  }
}
