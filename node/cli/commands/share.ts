/**
 * `lunarx share NAME ADDRESS [--out FILE]`
 *
 * @module
 */
import { writeSink } from '../files/byte-streams.ts'
import { utf8 } from '@lunarx/core/model'
import { print } from '../output/print.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

export const addShare: AddCommand = (program, io) => {
  const command = program
    .command('share')
    .summary('let another owner read an object')
    .description(
      'Makes a grant: text that opens the present version of one object, and nothing else, to the owner of an address. ' +
        'It cannot be taken back; put the object anew to end it. Before it is made the trackers are ordered to audit the object by leaves only: ' +
        'a majority of them has to be there.',
    )
    .argument('<name>', 'name of the object')
    .argument('<address>', 'of the grantee, as `lunarx key address` prints it there')
    .option('--out <file>', 'file to write the grant to, - for standard output', '-')
    .action(async (name: string, address: string, options: ClientOptions & { out: string }) => {
      const { withClient } = await import('../session/open-session.ts')
      const grant = await withClient(options, io, (client) => client.share(name, address, { signal: io.signal }))
      if (options.out === '-') await print(io, options, { name, address, grant }, grant)
      else {
        await writeSink(options.out, lineOf(grant), io)
        await print(io, options, { name, address, file: options.out }, `${name} is shared by ${options.out}`)
      }
    })
  examples(ownerOptions(command), 'lunarx share backups/report.pdf lunarx1… --out report.grant')
}

async function* lineOf(text: string): AsyncGenerator<Uint8Array> {
  yield utf8(`${text}\n`)
}
