/**
 * Help texts, which docs/KUBECTL.md repeats word for word. Pure.
 *
 * @module
 */
import { COMMANDS, SHARED_FLAGS } from './commands.ts'
import type { Command, Flag } from './context.ts'
import { EXIT_MEANINGS } from './exit-codes.ts'
import { table } from './page.ts'

const flagText = ({ name, short, value }: Flag): string => `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`

const flagLines = (flags: readonly Flag[]): string[] => table(flags.map((flag) => [`  ${flagText(flag)}`, flag.help]))

export function generalHelp(): string {
  const lines = [
    'kubectl lunarx: LunarX networks, for people who run them.',
    '',
    'Usage: kubectl lunarx COMMAND [flags]',
    '',
    ...table(COMMANDS.map(({ name, words, summary }) => [`  ${words === '' ? name : `${name} ${words}`}`, summary])),
    '',
    'Flags of every command:',
    ...flagLines(SHARED_FLAGS),
    '',
    'Exit codes:',
    ...Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code}  ${meaning}`),
  ]
  return `${lines.join('\n')}\n`
}

export function commandHelp({ name, words, summary, details, flags }: Command): string {
  const usage = ['kubectl lunarx', name, words, '[flags]'].filter((part) => part !== '').join(' ')
  return `${[summary, '', `Usage: ${usage}`, '', details, ...(flags.length === 0 ? [] : ['', ...flagLines(flags)])].join('\n')}\n`
}
