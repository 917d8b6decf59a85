/**
 * Why one thing of many in a question is refused: the code and words of an error, within an answer.
 *
 * @module
 */
import { ERRORS, LunarError, type ErrorCode } from '@lunarx/core/model'
import { z } from 'zod'

const MAX_MESSAGE_CHARS = 1_000

export const refusal = z.object({ code: z.string().max(64), message: z.string().max(MAX_MESSAGE_CHARS) })
export type Refusal = z.infer<typeof refusal>

/** What the asker may see of an error: never its cause. */
export const refusalOf = ({ code, message }: LunarError): Refusal => ({ code, message: message.slice(0, MAX_MESSAGE_CHARS) })

/** The error again. A code that this version does not know becomes INTERNAL. */
export function errorOf({ code, message }: Refusal): LunarError {
  return new LunarError(isErrorCode(code) ? code : 'INTERNAL', message)
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code)
