/**
 * What the others say, one after another.
 *
 * @module
 */
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import type { Exchange } from '@lunarx/wire'
import { isAway, type Ask } from '../ask/index.ts'

export interface HearDeps {
  readonly ask: Ask
  readonly log: Log
}

export interface HearOptions {
  readonly signal: AbortSignal
  readonly timeoutMs?: number
}

/**
 * The answer of one tracker of several that are asked the same. Undefined: it was not heard, refused, or what it said is no answer: one that
 * misbehaves does not keep the others from being heard.
 * @throws the reason of the signal, and errors of the program
 */
export async function hear<Q, A>(
  tracker: PeerAddress,
  exchange: Exchange<Q, A>,
  question: Q,
  { ask, log }: HearDeps,
  { signal, ...options }: HearOptions,
): Promise<A | undefined> {
  try {
    return await ask(tracker, exchange, question, { signal, ...options })
  } catch (error) {
    if (signal.aborted || !(error instanceof LunarError)) throw error
    const about = { tracker: tracker.host, exchange: exchange.name, error }
    if (isAway(error)) log.info('a tracker was not heard', about)
    else log.warn('a tracker gave no answer that can be used', about)
    return undefined
  }
}
