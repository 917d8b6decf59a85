/**
 * Trackers that do not say what they found.
 *
 * @module
 */
import { VERDICT } from '@lunarx/core/audit'
import type { SignKey } from '@lunarx/core/crypto'
import { readDocument, signDocument } from '@lunarx/core/document'
import type { Handler, Peers } from '@lunarx/net/peers'
import { recheckRow, type AnswerOf, type Exchange, type QuestionOf } from '@lunarx/wire'

/** Says "proved" of every row that it is to judge again. @param onAsked before it does */
export const acquitsRows = (peers: Peers, signKey: SignKey, onAsked: () => void): Peers => ({
  self: peers.self,
  credential: peers.credential,
  ask: (to, exchange, question, options) => peers.ask(to, exchange, question, options),
  answer<Q, A>(exchange: Exchange<Q, A>, handler: Handler<Q, A>): void {
    if (exchange.name !== recheckRow.name) return peers.answer(exchange, handler)
    const honest = handler as unknown as Handler<QuestionOf<typeof recheckRow>, AnswerOf<typeof recheckRow>>
    peers.answer(recheckRow, async (question, asked) => {
      onAsked()
      const { verdict } = (await honest(question, asked)) as AnswerOf<typeof recheckRow>
      return { verdict: signDocument(VERDICT, { ...readDocument(VERDICT, verdict), verdict: 'proved' }, signKey) }
    })
  },
  [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
})
