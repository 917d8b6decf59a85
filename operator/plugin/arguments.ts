/**
 * The arguments of `kubectl lunarx`. Pure.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { COMMANDS, SHARED_FLAGS } from './commands.ts'
import type { Command, Flag } from './context.ts'
import { EXIT, RefusedError } from './exit-codes.ts'

export type Asked =
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | { readonly kind: 'complete'; readonly words: readonly string[] }
  | {
      readonly kind: 'run'
      readonly command: Command
      readonly words: readonly string[]
      readonly flags: Readonly<Record<string, string | boolean | undefined>>
    }

const optionsOf = (flags: readonly Flag[]) =>
  Object.fromEntries(
    flags.map(({ name, short, value }) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), ...(short ? { short } : {}) },
    ]),
  )

function parse(args: readonly string[], flags: readonly Flag[]) {
  try {
    return parseArgs({ args: [...args], options: optionsOf(flags), allowPositionals: true, strict: true })
  } catch (cause) {
    throw new RefusedError(EXIT.usage, cause instanceof Error ? cause.message : 'wrong arguments')
  }
}

/** @throws {RefusedError} */
export function readArguments(args: readonly string[]): Asked {
  if (args[0] === '__complete') return { kind: 'complete', words: args.slice(1) }
  const command = COMMANDS.find(({ name }) => args.includes(name))
  const { values, positionals } = parse(args, [...SHARED_FLAGS, ...(command?.flags ?? [])])
  const [name, ...words] = positionals
  if (values['help'] === true || name === undefined || name === 'help')
    return { kind: 'help', command: COMMANDS.find((one) => one.name === name || (name === 'help' && one.name === words[0])) }
  if (command === undefined || command.name !== name) throw new RefusedError(EXIT.usage, `no command ${name}`)
  if (words.length < command.wordsAtLeast || words.length > command.wordsAtMost)
    throw new RefusedError(EXIT.usage, `usage: kubectl lunarx ${name} ${command.words}`.trimEnd())
  if (values['output'] !== undefined && values['output'] !== 'json') throw new RefusedError(EXIT.usage, '--output must be json')
  return { kind: 'run', command, words, flags: values }
}
