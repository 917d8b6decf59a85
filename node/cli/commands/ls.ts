/**
 * `lunarx ls [PREFIX]`
 *
 * @module
 */
import type { ObjectStat } from '@lunarx/client'
import { formatBytes, formatTable } from '../output/format.ts'
import { print } from '../output/print.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

export const addLs: AddCommand = (program, io) => {
  const command = program
    .command('ls')
    .summary('list objects')
    .description('Lists the objects of the owner, in order of name: size, class (and its backup copies), time, name.')
    .argument('[prefix]', 'only names that begin with it')
    .action(async (prefix: string | undefined, options: ClientOptions) => {
      const { withClient } = await import('../session/open-session.ts')
      await withClient(options, io, async (client) => {
        const objects = await Array.fromAsync(client.list({ prefix, signal: io.signal }))
        objects.sort((a, b) => (a.name < b.name ? -1 : 1))
        if (options.json) for (const object of objects) await print(io, options, object, '')
        else if (objects.length > 0) await print(io, options, undefined, formatTable(objects.map(rowOf)))
      })
    })
  examples(ownerOptions(command), 'lunarx ls', 'lunarx ls backups/ --json')
}

export const rowOf = ({ name, sizeBytes, class: className, storedMs, copies, conflicts }: ObjectStat): string[] => [
  formatBytes(sizeBytes),
  copies > 0 ? `${className} +${copies}` : className,
  new Date(storedMs).toISOString().slice(0, 19).replace('T', ' '),
  conflicts > 0 ? `${name}  (${conflicts} conflicting)` : name,
]
