/**
 * Asking what trackers of a version before do not know: the trackers of a network are updated one after another, so that each is asked
 * first in its turn, until one knows the exchange.
 *
 * @module
 */
import { hasCode } from '@lunarx/core/model'
import type { Exchange } from '@lunarx/wire'
import type { AskTrackers, Trackers } from './trackers.ts'

/** @throws {LunarError} as {@link Trackers.ask}; UNKNOWN_EXCHANGE: none knows it */
export async function askInTurn<Q, A>(
  trackers: Pick<Trackers, 'all' | 'ask'>,
  exchange: Exchange<Q, A>,
  question: Q,
  { skip: first = 0, ...options }: AskTrackers,
): Promise<A> {
  for (let skip = first; ; skip++)
    try {
      return await trackers.ask(exchange, question, { ...options, skip })
    } catch (error) {
      if (!hasCode(error, 'UNKNOWN_EXCHANGE') || skip - first + 1 >= trackers.all.length) throw error
    }
}
