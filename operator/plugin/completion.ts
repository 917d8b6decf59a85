import type { Command, Context } from './context.ts'
import { EXIT, RefusedError } from './exit-codes.ts'
import { observe } from './observe.ts'

/** kubectl asks a program of this name beside the plugin; it hands the question on to the plugin. */
const SCRIPT = `#!/bin/sh
# Save as kubectl_complete-lunarx on PATH and make it executable: kubectl completes "kubectl lunarx" by it.
exec kubectl-lunarx __complete "$@"
`
/** In which kubectl's own completion runs it, as a program. */
const SHELLS: readonly string[] = ['bash', 'zsh', 'fish', 'powershell']
/** No file names (a directive of kubectl's completion). */
const NO_FILES = ':4'

export const completion: Command = {
  name: 'completion',
  words: '[SHELL]',
  wordsAtLeast: 0,
  wordsAtMost: 1,
  summary: 'prints the program by which kubectl completes this one',
  details: `Asks no cluster. It is the same for every shell that kubectl itself completes in (${SHELLS.join(', ')}):

kubectl lunarx completion > ~/.local/bin/kubectl_complete-lunarx && chmod +x ~/.local/bin/kubectl_complete-lunarx`,
  flags: [],
  run({ words: [shell], print }) {
    if (shell !== undefined && !SHELLS.includes(shell)) throw new RefusedError(EXIT.usage, `SHELL must be one of ${SHELLS.join(', ')}`)
    print(SCRIPT)
    return Promise.resolve(EXIT.ok)
  },
}

/**
 * What may stand where the cursor is. Pure.
 *
 * @param words all so far, without flags; the last is being typed, '' when nothing of it is. None: a flag's value is typed
 * @param pods of providers, where they are known
 * @param ids of transcripts: the newest to somebody's harm
 */
export function candidates(
  words: readonly string[],
  commands: readonly Command[],
  pods: readonly string[],
  ids: readonly string[] = [],
): string[] {
  if (words.length === 0) return []
  const typed = words.at(-1) ?? ''
  const command = commands.find(({ name }) => name === words[0])
  if (words.length === 1 || command === undefined) return commands.map(({ name }) => name).filter((name) => name.startsWith(typed))
  if (typed.startsWith('-')) {
    const own = [...command.flags.map(({ name }) => `--${name}`), '--namespace', '--network', '--context', '--output', '--help']
    return own.filter((flag) => flag.startsWith(typed))
  }
  const place = command.words.split(' ')[words.length - 2] ?? ''
  const known = [...(place.includes('POD') ? pods : []), ...(place.includes('ID') ? ids : [])]
  return known.filter((word) => word.startsWith(typed))
}

interface Known {
  readonly pods: readonly string[]
  readonly ids: readonly string[]
}

/** None where there is no cluster, or it does not answer. */
async function knownOf(context: Context): Promise<Known> {
  try {
    const { network, providers } = await observe(context.client, context)
    return {
      pods: providers.flatMap(({ status }) => (status?.members ?? []).map(({ name }) => name)),
      ids: network.status?.transcripts?.map(({ id }) => id) ?? [],
    }
  } catch {
    return { pods: [], ids: [] }
  }
}

export async function complete(context: Context, commands: readonly Command[]): Promise<void> {
  const { pods, ids } = await knownOf(context)
  context.print(`${[...candidates(context.words, commands, pods, ids), NO_FILES].join('\n')}\n`)
}
