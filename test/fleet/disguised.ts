/**
 * Peers that do all but one thing as others do: what lies, withholds, counts and listens in tests is made of these.
 *
 * @module
 */
import type { Handler, Peers } from '@lunarx/net/peers'
import type { Exchange } from '@lunarx/wire'

/** As `peers`, but for what is given. A spread would not do: it leaves out what a class has. */
export const disguised = (peers: Peers, other: Partial<Pick<Peers, 'ask' | 'answer'>>): Peers => ({
  get self() {
    return peers.self
  },
  get credential() {
    return peers.credential
  },
  get directory() {
    return peers.directory
  },
  ask: (to, exchange, question, options) => peers.ask(to, exchange, question, options),
  answer: (exchange, handler) => peers.answer(exchange, handler),
  [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
  ...other,
})

/** As `peers`, but for the answers to one exchange. @param otherwise makes them of the honest ones */
export const answering = <Q, A>(peers: Peers, exchange: Exchange<Q, A>, otherwise: (honest: Handler<Q, A>) => Handler<Q, A>): Peers =>
  disguised(peers, {
    answer(asked, handler) {
      if (asked.name !== exchange.name) peers.answer(asked, handler)
      else peers.answer(exchange, otherwise(handler as unknown as Handler<Q, A>))
    },
  })
