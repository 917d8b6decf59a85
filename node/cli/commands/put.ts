/**
 * `lunarx put FILE|- NAME`
 *
 * @module
 */
import type { PutStat, Resumption } from '@lunarx/client'
import { DEFAULT_SUITE, SUITES, type Suite } from '@lunarx/core/crypto'
import { InvalidArgumentError, Option } from 'commander'
import { openSource } from '../files/byte-streams.ts'
import { formatBytes } from '../output/format.ts'
import { print } from '../output/print.ts'
import { progressBar } from '../progress/bar.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

export const addPut: AddCommand = (program, io) => {
  const command = program
    .command('put')
    .summary('store a file under a name')
    .description(
      'Encrypts a file and stores it under a name; over an existing name, as its new version. ' +
        'A put that was cut goes on where it stopped when it is started again with the same file, name and state folder.',
    )
    .argument('<file>', 'file to store, - for standard input')
    .argument('<name>', 'name of the object, 1 to 1,024 bytes')
    .option('--class <name>', 'erasure class (default: that of the network)')
    .addOption(new Option('--suite <name>', `cipher suite (default: ${DEFAULT_SUITE})`).choices(SUITES))
    .option('--margin <n>', 'shards beyond the required that must be confirmed; the slowest are left to repair (default: all)', wholeNumber)
    .option('--no-resume', 'start anew, and leave nothing to go on with')
    .action(async (file: string, name: string, options: PutCommandOptions) => {
      await using source = await openSource(file, io)
      const { withClient } = await import('../session/open-session.ts')
      await withClient(options, io, async (client, { platform }) => {
        const bar = progressBar(name, source.sizeBytes, io.stderr, () => platform.clock.elapsed())
        const onProgress = ({ storedBytes }: { storedBytes: number }): void => bar.update(storedBytes)
        const onResume = (found: Resumption): void => {
          io.stderr.write(`${describeResumption(found, source.sizeBytes)}\n`).catch(() => undefined)
        }
        const { class: className, suite, resume, margin } = options
        const commit = margin === undefined ? undefined : { margin }
        let stat: PutStat
        try {
          stat = await client.put(name, source.bytes, { class: className, suite, commit, resume, signal: io.signal, onProgress, onResume })
        } finally {
          await bar.end()
        }
        await print(io, options, stat, `${stat.name}  ${formatBytes(stat.sizeBytes)}  ${stat.class}`)
      })
    })
  examples(ownerOptions(command), 'lunarx put report.pdf backups/report.pdf', 'tar c photos | lunarx put - photos.tar --class 10+4')
}

type PutCommandOptions = ClientOptions & { class?: string; suite?: Suite; margin?: number; resume: boolean }

/** `resuming: 3 of 8 segments are stored` */
export function describeResumption({ storedSegments, segmentBytes }: Resumption, sizeBytes: number | undefined): string {
  const total = sizeBytes === undefined ? '' : ` of ${Math.max(1, Math.ceil(sizeBytes / segmentBytes))}`
  const isOne = sizeBytes === undefined ? storedSegments === 1 : sizeBytes <= segmentBytes
  return `resuming: ${storedSegments}${total} ${isOne ? 'segment is' : 'segments are'} stored`
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('expected a whole number')
  return Number(text)
}
