/**
 * Asks one tracker of several, of which any may be away or of another release.
 *
 * @module
 */
import type { PeerId } from '@lunarx/core/membership'
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Peers } from '@lunarx/net/peers'
import type { Log } from '@lunarx/runtime/log'
import type { Exchange } from '@lunarx/wire'
import { VERIFIER_LIMITS } from './limits.ts'

export interface AskDeps {
  readonly peers: Peers
  readonly log: Log
}

export interface Told<A> {
  readonly answer: A
  /** Who answered. */
  readonly tracker: PeerId
}

/** Undefined: it did not answer, or refused. @throws the reason of the signal, and errors of the program */
export async function askTracker<Q, A>(
  tracker: PeerAddress,
  exchange: Exchange<Q, A>,
  question: Q,
  { peers, log }: AskDeps,
  signal: AbortSignal,
): Promise<Told<A> | undefined> {
  try {
    const { answer, body, session } = await peers.ask(tracker, exchange, question, { signal, timeoutMs: VERIFIER_LIMITS.trackerMs })
    await body[Symbol.asyncIterator]().return?.()
    return { answer, tracker: session.peer }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof LunarError)) throw error
    log.info('a tracker did not answer', { tracker: tracker.host, exchange: exchange.name, error })
    return undefined
  }
}
