/**
 * The arguments of `kubectl lunarx`. Pure.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { COMMANDS, SHARED_FLAGS } from './commands.ts'
import type { Command, Flag } from './context.ts'
import { EXIT, RefusedError } from './exit-codes.ts'

type Flags = Readonly<Record<string, string | boolean | undefined>>

export type Asked =
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | { readonly kind: 'complete'; readonly words: readonly string[]; readonly flags: Flags }
  | { readonly kind: 'run'; readonly command: Command; readonly words: readonly string[]; readonly flags: Flags }

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

/** The last word is being typed; flags before it count, whatever else is wrong so far. Of a flag's value nothing is known: no words. */
function readUnfinished(words: readonly string[]): Asked {
  const [before, typed] = [words.slice(0, -1), words.at(-1) ?? '']
  const command = COMMANDS.find(({ name }) => before.includes(name))
  const options = optionsOf([...SHARED_FLAGS, ...(command?.flags ?? [])])
  const { values, positionals, tokens } = parseArgs({ args: [...before], options, allowPositionals: true, strict: false, tokens: true })
  const last = tokens.at(-1)
  const isValue = last?.kind === 'option' && last.value === undefined && options[last.name]?.type === 'string'
  return { kind: 'complete', words: isValue ? [] : [...positionals, typed], flags: values }
}

/** @throws {RefusedError} */
export function readArguments(args: readonly string[]): Asked {
  if (args[0] === '__complete') return readUnfinished(args.slice(1))
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
