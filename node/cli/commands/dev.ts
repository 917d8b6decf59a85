/**
 * `lunarx dev`
 *
 * @module
 */
import { InvalidArgumentError } from 'commander'
import { readStore } from '../config/read-config.ts'
import type { DevNetwork } from '../dev/run-dev.ts'
import { print, type PrintOptions } from '../output/print.ts'
import { examples, jsonOption, type AddCommand } from './options.ts'

interface DevOptions extends PrintOptions {
  readonly providers: number
  readonly trackers: number
  readonly survive: number
  readonly archive: number
  readonly directory?: boolean
  readonly dir: string
  readonly basePort: number
  readonly trackerStore?: string
}

export const addDev: AddCommand = (program, io) => {
  const command = program
    .command('dev')
    .summary('run a whole network on this machine')
    .description(
      'Runs trackers and providers as local processes, each provider a failure domain of its own, until Ctrl-C. ' +
        'The same folder is the same network again. Kill a provider and remove its data folder to see the network heal.',
    )
    .option('--providers <n>', 'providers, two more than --survive at least; 6 for class 4+2', wholeNumber, 6)
    .option('--trackers <n>', 'trackers', wholeNumber, 3)
    .option('--survive <n>', 'providers that may vanish at once without a byte lost', wholeNumber, 1)
    .option('--archive <n>', 'more providers, for a backup copy of what is put under classes that fit on them; 6 for 4+2', wholeNumber, 0)
    .option('--directory', 'keep a directory, by which clients find peers and the newest sets while no tracker answers')
    .option('--dir <folder>', 'folder of the network', 'lunarx-dev')
    .option('--base-port <port>', 'first of five ports per process', wholeNumber, 14_000)
    .option('--tracker-store <file>', 'what the trackers use in place of their volumes: `store` of a run config')
    .action(async ({ dir, trackerStore, ...options }: DevOptions) => {
      await io.stderr.write(`starting ${options.trackers} trackers and ${options.providers + options.archive} providers in ${dir}\n`)
      const { runDev } = await import('../dev/run-dev.ts')
      const store = trackerStore === undefined ? undefined : await readStore(trackerStore, io.env)
      await runDev(dir, { ...options, store }, io, (network) => print(io, options, network, describe(network)))
    })
  examples(jsonOption(command), 'lunarx dev', 'lunarx dev --archive 6', 'lunarx dev --providers 14 --dir /tmp/net --base-port 20000')
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('expected a whole number')
  return Number(text)
}

function describe({ paths, members }: DevNetwork): string {
  return [
    `The network is ready: ${members.length} processes, logs in <member>/log. Ctrl-C stops it. In another terminal:`,
    '',
    `  export LUNARX_CONFIG=${paths.config}`,
    `  export LUNARX_OWNER_FILE=${paths.ownerFile}`,
    `  export LUNARX_TOKEN_FILE=${paths.tokenFile}`,
    `  export LUNARX_STATE_DIR=${paths.stateDir}`,
    '  lunarx put FILE NAME',
    '  lunarx ls',
    '  lunarx status',
  ].join('\n')
}
