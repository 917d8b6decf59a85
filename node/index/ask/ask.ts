/**
 * Asking a peer a question without bytes on either side; the connection is given back.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import type { AskOptions, Peers } from '@lunarx/net/peers'
import type { Exchange } from '@lunarx/wire'

/** @throws {LunarError} what {@link Peers.ask} throws */
export async function askPeer<Q, A>(
  peers: Peers,
  to: PeerAddress,
  exchange: Exchange<Q, A>,
  question: Q,
  options: Omit<AskOptions, 'body'> = {},
): Promise<A> {
  const { answer, body } = await peers.ask(to, exchange, question, options)
  await body[Symbol.asyncIterator]().return?.()
  return answer
}
