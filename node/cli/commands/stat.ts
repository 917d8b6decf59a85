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
    .description('Shows size, class, time and conflicts of an object without reading it, then the earlier versions that are kept.')
    .argument('<name>', 'name of the object')
    .action(async (name: string, options: ClientOptions) => {
      const { withClient } = await import('../session/open-session.ts')
      const versions = await withClient(options, io, (client) => client.versions(name, { signal: io.signal }))
      const [stat, ...earlier] = versions
      await print(io, options, { ...stat, earlier }, formatTable(versions.map(rowOf)))
    })
  examples(ownerOptions(command), 'lunarx stat backups/report.pdf --json')
}
