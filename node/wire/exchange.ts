/**
 * An exchange: one question, one answer, each with an optional stream of bytes behind it (data channel only).
 *
 * Control exchanges go over libp2p (at most 32 KiB each way), data exchanges over the data channel.
 *
 * @module
 */
import type { Role } from '@lunarx/core/model'
import type { z } from 'zod'

export interface Exchange<Question, Answer> {
  /** Part of the protocol id: `/lunarx/1/<name>`. */
  readonly name: string
  readonly channel: 'control' | 'data'
  readonly question: z.ZodType<Question>
  readonly answer: z.ZodType<Answer>
  /** Roles that may ask; others get UNAUTHORIZED. */
  readonly askers: readonly Role[]
  /** Time limit for the answer's head when the caller gives none. Milliseconds. */
  readonly timeoutMs: number
}

export type QuestionOf<E> = E extends Exchange<infer Q, unknown> ? Q : never
export type AnswerOf<E> = E extends Exchange<never, infer A> ? A : E extends Exchange<infer _Q, infer A> ? A : never

/** Fills in the usual time limit. */
export function exchange<Q, A>(definition: Omit<Exchange<Q, A>, 'timeoutMs'> & { readonly timeoutMs?: number }): Exchange<Q, A> {
  return { timeoutMs: 10_000, ...definition }
}
