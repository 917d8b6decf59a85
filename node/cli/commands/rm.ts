/**
 * `lunarx rm NAME`
 *
 * @module
 */
import { print } from '../output/print.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

export const addRm: AddCommand = (program, io) => {
  const command = program
    .command('rm')
    .summary('delete an object')
    .description('Deletes a name with all its versions; providers then remove the shards.')
    .argument('<name>', 'name of the object')
    .action(async (name: string, options: ClientOptions) => {
      const { withClient } = await import('../session/open-session.ts')
      await withClient(options, io, (client) => client.delete(name, { signal: io.signal }))
      await print(io, options, { deleted: name }, `deleted ${name}`)
    })
  examples(ownerOptions(command), 'lunarx rm backups/report.pdf')
}
