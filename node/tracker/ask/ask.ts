/**
 * Asking other peers: an exchange without bytes, measured, with its connection given back.
 *
 * @module
 */
import { hasCode, type PeerAddress } from '@lunarx/core/model'
import type { Answered, AskOptions, Body, Peers } from '@lunarx/net/peers'
import type { Clock } from '@lunarx/runtime/clock'
import type { Metrics } from '@lunarx/runtime/metrics'
import type { Exchange } from '@lunarx/wire'

export interface Ask {
  /** The answer; a body behind it is not read. @throws what {@link Peers.ask} throws */
  <Q, A>(to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options?: AskOptions): Promise<A>
  /** The answer and who gave it; a body behind it is not read. */
  withSession<Q, A>(
    to: PeerAddress,
    exchange: Exchange<Q, A>,
    question: Q,
    options?: AskOptions,
  ): Promise<Pick<Answered<A>, 'answer' | 'session'>>
  /** With the body, which the caller consumes or closes. */
  withBody<Q, A>(to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options?: AskOptions): Promise<Answered<A>>
}

export interface AskDeps {
  readonly peers: Peers
  readonly clock: Clock
  readonly metrics: Metrics
}

const BUCKETS_SECONDS = [0.002, 0.01, 0.05, 0.25, 1, 5, 20]

export function makeAsk({ peers, clock, metrics }: AskDeps): Ask {
  const seconds = metrics.histogram('lunarx_tracker_ask_seconds', 'Time until the head of an answer', BUCKETS_SECONDS, [
    'exchange',
    'outcome',
  ])
  async function withBody<Q, A>(to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options: AskOptions = {}): Promise<Answered<A>> {
    const startedMs = clock.elapsed()
    let outcome = 'failed'
    try {
      const answered = await peers.ask(to, exchange, question, options)
      outcome = 'answered'
      return answered
    } finally {
      seconds.observe((clock.elapsed() - startedMs) / 1000, { exchange: exchange.name, outcome })
    }
  }
  async function withSession<Q, A>(
    to: PeerAddress,
    exchange: Exchange<Q, A>,
    question: Q,
    options?: AskOptions,
  ): Promise<Pick<Answered<A>, 'answer' | 'session'>> {
    const { answer, session, body } = await withBody(to, exchange, question, options)
    await closeBody(body)
    return { answer, session }
  }
  async function ask<Q, A>(to: PeerAddress, exchange: Exchange<Q, A>, question: Q, options?: AskOptions): Promise<A> {
    return (await withSession(to, exchange, question, options)).answer
  }
  return Object.assign(ask, { withSession, withBody })
}

/** Gives the connection back without reading what is left. */
export async function closeBody(body: Body): Promise<void> {
  await body[Symbol.asyncIterator]().return?.()
}

/** The peer could not be asked, did not answer, or cannot serve anyone at present: another one may. */
export function isAway(error: unknown): boolean {
  return hasCode(error, ...AWAY)
}

const AWAY = [
  'CREDENTIAL_EXPIRED',
  'FULL',
  'INTERNAL',
  'INTERRUPTED',
  'PEER_UNREACHABLE',
  'STOPPING',
  'STORE_FAILED',
  'TIMEOUT',
  'TOO_MANY_REQUESTS',
  'UNKNOWN_EXCHANGE',
  'WRONG_PEER',
] as const
