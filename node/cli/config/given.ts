/**
 * Settings that come as a flag or from the environment; the flag wins.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Io } from '../io.ts'

/** @throws {LunarError} BAD_CONFIG: neither is set */
export function given(variable: string, flag: string, option: string | undefined, env: Io['env']): string {
  const value = option ?? env[variable]
  if (!value) throw new LunarError('BAD_CONFIG', `set ${variable} or ${flag}`, { detail: { variable, flag } })
  return value
}
