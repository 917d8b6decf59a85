/**
 * `lunarx stat NAME`
 *
 * @module
 */
import { formatTable } from '../output/format.ts'
import { print } from '../output/print.ts'
import { rowOf } from './ls.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

export const addStat: AddCommand = (program, io) => {
  const command = program
    .command('stat')
    .summary('show one object')
    .description('Shows size, class, time and conflicts of an object without reading it.')
    .argument('<name>', 'name of the object')
    .action(async (name: string, options: ClientOptions) => {
      const { withClient } = await import('../session/open-session.ts')
      const stat = await withClient(options, io, (client) => client.stat(name, { signal: io.signal }))
      await print(io, options, stat, formatTable([rowOf(stat)]))
    })
  examples(ownerOptions(command), 'lunarx stat backups/report.pdf --json')
}
