/**
 * One decoder under attack, and what it must do with any bytes at all: take them, or refuse them with a LunarError that says so.
 *
 * @module
 */
import { LunarError, type ErrorCode } from '@lunarx/core/model'
import type { Draw } from './sample.ts'

export interface Target {
  readonly name: string
  /** Bytes that it takes. */
  seed(draw: Draw): Uint8Array
  /** Anything thrown but a LunarError of these codes is a finding. */
  readonly refusals: readonly ErrorCode[]
  decode(bytes: Uint8Array): unknown
  /** What was taken, encoded again and decoded again, must be the same. Undefined: there is no inverse. */
  readonly encode?: (value: never) => Uint8Array
}

/** What became of an input: where decoding got to. Inputs with a new outcome are kept and changed further. */
export type Outcome = string

/** @throws what is a finding */
export function attempt(target: Target, bytes: Uint8Array): Outcome {
  let value: unknown
  try {
    value = target.decode(bytes)
  } catch (error) {
    if (!(error instanceof LunarError) || !target.refusals.includes(error.code)) throw error
    return outcomeOf(error)
  }
  if (target.encode) {
    const again = target.encode(value as never)
    const twice = target.encode(target.decode(again) as never)
    if (Buffer.compare(again, twice) !== 0) throw new Error('what was taken is not the same when it is encoded and decoded again')
  }
  return 'taken'
}

/** Code, message and the fields that were wrong, without the values: a few hundred of each decoder. */
function outcomeOf({ code, message, detail, cause }: LunarError): Outcome {
  const issues = typeof detail['issues'] === 'string' ? detail['issues'] : ''
  const why = cause instanceof Error ? cause.message : ''
  return `${code} ${message} ${issues} ${why}`.replaceAll(/\d+/g, '#').slice(0, 300)
}
