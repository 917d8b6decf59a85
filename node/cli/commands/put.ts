/**
 * `lunarx put FILE|- NAME`
 *
 * @module
 */
import type { ObjectStat } from '@lunarx/client'
import { openSource } from '../files/byte-streams.ts'
import { formatBytes } from '../output/format.ts'
import { print } from '../output/print.ts'
import { progressBar } from '../progress/bar.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

export const addPut: AddCommand = (program, io) => {
  const command = program
    .command('put')
    .summary('store a file under a name')
    .description('Encrypts a file and stores it under a name; over an existing name, as its new version.')
    .argument('<file>', 'file to store, - for standard input')
    .argument('<name>', 'name of the object, 1 to 1,024 bytes')
    .option('--class <name>', 'erasure class (default: that of the network)')
    .action(async (file: string, name: string, options: ClientOptions & { class?: string }) => {
      await using source = await openSource(file, io)
      const { withClient } = await import('../session/open-session.ts')
      await withClient(options, io, async (client, { platform }) => {
        const bar = progressBar(name, source.sizeBytes, io.stderr, () => platform.clock.elapsed())
        const onProgress = ({ storedBytes }: { storedBytes: number }): void => bar.update(storedBytes)
        let stat: ObjectStat
        try {
          stat = await client.put(name, source.bytes, { class: options.class, signal: io.signal, onProgress })
        } finally {
          await bar.end()
        }
        await print(io, options, stat, `${stat.name}  ${formatBytes(stat.sizeBytes)}  ${stat.class}`)
      })
    })
  examples(ownerOptions(command), 'lunarx put report.pdf backups/report.pdf', 'tar c photos | lunarx put - photos.tar --class 10+4')
}
