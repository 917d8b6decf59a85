/**
 * Fields of a log line as JSON values: errors with code and cause, bytes as hex, secrets blanked out by name.
 *
 * @module
 */
import { hexOf, LunarError } from '@lunarx/core/model'
import type { Fields } from './log.ts'

/** Never logged, at any depth, whoever passes them by mistake. */
const SECRET = /secret|password|token|authorization|privatekey|seed|words/i
const MAX_DEPTH = 6
const MAX_BYTES = 64
const MAX_ITEMS = 100

export function plainFields(fields: Fields): Record<string, unknown> {
  return plainObject(fields, 0)
}

function plainObject(object: object, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(object).slice(0, MAX_ITEMS))
    out[key] = SECRET.test(key) ? '[redacted]' : plain(value, depth + 1)
  return out
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return '[too deep]'
  if (value instanceof Error) return plainError(value, depth)
  if (value instanceof Uint8Array)
    return value.length > MAX_BYTES ? `${hexOf(value.subarray(0, MAX_BYTES))}… (${value.length} bytes)` : hexOf(value)
  if (value instanceof Map) return plainObject(Object.fromEntries(value), depth)
  if (value instanceof Set) return plain([...value], depth)
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plain(item, depth + 1))
  return plainObject(value, depth)
}

function plainError(error: Error, depth: number): Record<string, unknown> {
  const isOurs = error instanceof LunarError
  const code = isOurs ? error.code : 'code' in error ? error.code : undefined
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: error.message,
    ...(isOurs ? { detail: plain(error.detail, depth + 1) } : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: plain(error.cause, depth + 1) }),
  }
}
