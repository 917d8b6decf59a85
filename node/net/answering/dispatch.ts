/**
 * check role → check question → handle: the way of every question, whatever carried it.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { noTracer, type Log, type Metrics, type Tracer } from '@lunarx/runtime'
import type { Exchange } from '@lunarx/wire'
import { z } from 'zod'
import { type Asked, type Body, WithBody } from '../peers/peers.ts'
import type { Membership } from '../session/membership.ts'
import type { Handlers } from './handlers.ts'
import { answerTraced } from './traced.ts'

export interface DispatchDeps {
  readonly handlers: Handlers
  readonly membership: Membership
  readonly log: Log
  readonly count: CountExchange
  readonly tracer?: Tracer | undefined
}

/** How an exchange ended: "OK", or the code of an error. */
export type CountExchange = (exchange: string, outcome: string) => void

export function exchangeCounter(metrics: Metrics, side: 'ask' | 'answer'): CountExchange {
  const counter =
    side === 'ask'
      ? metrics.counter('lunarx_net_asked_total', 'Exchanges that this peer asked and that have ended', ['exchange', 'outcome'])
      : metrics.counter('lunarx_net_answered_total', 'Exchanges that this peer answered', ['exchange', 'outcome'])
  return (exchange, outcome) => counter.add(1, { exchange, outcome })
}

export interface Reply {
  readonly answer: unknown
  /** Undefined: no body follows. */
  readonly body: Body | undefined
}

export interface Question {
  readonly exchange: string
  readonly channel: Exchange<unknown, unknown>['channel']
  readonly question: unknown
  /** Whatever came as that. */
  readonly traceparent?: unknown
}

/** @throws {LunarError} what the handler threw; INTERNAL, logged here, for anything that is no LunarError */
export async function dispatch(
  asked: Asked,
  { exchange: name, channel, question, traceparent }: Question,
  deps: DispatchDeps,
): Promise<Reply> {
  const { exchange, handler } = deps.handlers.get(name, channel)
  try {
    deps.membership.assertCurrent(asked.session)
    checkRole(exchange, asked)
    const answer = await answerTraced(deps.tracer ?? noTracer, name, asked, traceparent, () =>
      handler(parse(exchange.question, question, `question of ${name}`), asked),
    )
    deps.count(name, 'OK')
    return answer instanceof WithBody ? { answer: answer.answer, body: answer.body } : { answer, body: undefined }
  } catch (error) {
    const known = toLunarError(error, asked, name, deps.log)
    deps.count(name, known.code)
    throw known
  }
}

function checkRole(exchange: Exchange<unknown, unknown>, { session }: Asked): void {
  const { role } = session.credential
  if (!exchange.askers.includes(role))
    throw new LunarError('UNAUTHORIZED', 'peers of this role may not ask this', {
      detail: { exchange: exchange.name, role, askers: [...exchange.askers] },
    })
}

/** @throws {LunarError} BAD_MESSAGE */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new LunarError('BAD_MESSAGE', `the ${what} does not match its schema`, {
    detail: { issues: z.prettifyError(result.error).slice(0, 500) },
  })
}

/** What a handler (or the body that it returned) threw, as the asker may see it. */
export function toLunarError(error: unknown, asked: Asked, exchange: string, log: Log): LunarError {
  if (error instanceof LunarError) return error
  if (asked.signal.aborted) return new LunarError('INTERRUPTED', 'the exchange was broken off', { cause: error })
  log.error('exchange failed', { exchange, asker: asked.session.peer, error })
  return new LunarError('INTERNAL', 'the peer failed to answer', { cause: error, detail: { exchange } })
}
