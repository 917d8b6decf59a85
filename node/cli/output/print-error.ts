/**
 * Errors on standard error: code, what happened, what to do. With `--json` one JSON object.
 *
 * @module
 */
import { ERRORS, LunarError } from '@lunarx/core/model'
import type { Io } from '../io.ts'
import type { PrintOptions } from './print.ts'

export async function printError(io: Pick<Io, 'stderr'>, { json }: PrintOptions, error: unknown): Promise<void> {
  await io.stderr.write(`${json ? JSON.stringify(errorValue(error)) : errorText(error)}\n`)
}

function errorValue(error: unknown): unknown {
  if (!(error instanceof LunarError)) return { error: { code: 'UNKNOWN', message: String(error), retryable: false, detail: {} } }
  const { code, message, retryable, detail } = error
  return { error: { code, message, retryable, detail } }
}

export function errorText(error: unknown): string {
  if (!(error instanceof LunarError)) return `lunarx: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  const detail = Object.keys(error.detail).length > 0 ? ` ${JSON.stringify(error.detail)}` : ''
  const { meaning, remedy } = ERRORS[error.code]
  return `lunarx: ${error.code}: ${error.message}${detail}\n  ${meaning}\n  ${remedy}`
}
