/**
 * Asking for an answer that has no body: the connection is free again when it resolves.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import type { AskOptions, Peers } from '@lunarx/net/peers'
import type { Exchange } from '@lunarx/wire'

export async function answerOf<Q, A>(
  peers: Peers,
  to: PeerAddress,
  exchange: Exchange<Q, A>,
  question: Q,
  options: AskOptions = {},
): Promise<A> {
  const { answer, body } = await peers.ask(to, exchange, question, options)
  for await (const _ of body); // empty: reading its end gives the connection back
  return answer
}
