/**
 * `$(NAME)` in configuration files becomes the environment variable NAME, as in the arguments of a Kubernetes container; `$$(NAME)`
 * stays `$(NAME)`. Pure.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

type Environment = Readonly<Record<string, string | undefined>>

/** In all strings of a decoded file. @throws {LunarError} BAD_CONFIG for a variable that is not set */
export function expandVariables(value: unknown, env: Environment): unknown {
  if (typeof value === 'string') return expandText(value, env)
  if (Array.isArray(value)) return value.map((item) => expandVariables(item, env))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandVariables(item, env)]))
}

function expandText(text: string, env: Environment): string {
  return text.replace(/(\$?)\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (_, escape: string, name: string) => {
    if (escape) return `$(${name})`
    const found = env[name]
    if (found === undefined) throw new LunarError('BAD_CONFIG', `environment variable ${name} is not set`, { detail: { variable: name } })
    return found
  })
}
