/**
 * `lunarx run provider|tracker|verifier --config FILE`
 *
 * @module
 */
import { Argument } from 'commander'
import { LunarError } from '@lunarx/core/model'
import { readRunConfig } from '../config/read-config.ts'
import type { Io } from '../io.ts'
import { examples, type AddCommand } from './options.ts'

interface RunOptions {
  readonly config: string
  readonly stopWithStdin?: boolean
}

export const addRun: AddCommand = (program, io) => {
  const command = program
    .command('run')
    .summary('run a provider, a tracker or a verifier')
    .description('Runs one role until SIGTERM or SIGINT, then stops within its grace period and exits with 0. Logs go to standard error.')
    .addArgument(new Argument('<role>', 'what to run').choices(['provider', 'tracker', 'verifier']))
    .requiredOption('--config <file>', 'run config, YAML or JSON (docs/CLI.md lists its fields)')
    .option('--stop-with-stdin', 'stop when standard input ends, that is with the process that started this one')
    .action(async (role: string, options: RunOptions) => {
      const read = () => readRunConfig(options.config, io.env)
      const config = await read()
      if (config.role !== role)
        throw new LunarError('BAD_CONFIG', `${options.config} is for a ${config.role}`, {
          detail: { file: options.config, role: config.role },
        })
      const { runRole } = await import('../role/run-role.ts')
      const signal = options.stopWithStdin ? AbortSignal.any([io.signal, endOf(io.stdin)]) : io.signal
      await runRole(config, read, signal, io.isTraced)
    })
  examples(
    command,
    'lunarx run provider --config /etc/lunarx/run.yaml',
    'lunarx run tracker --config tracker.json',
    'lunarx run verifier --config verifier.yaml',
  )
}

/** Aborted when the stream ends. */
function endOf(stdin: Io['stdin']): AbortSignal {
  const ended = new AbortController()
  const drain = async (): Promise<void> => {
    for await (const _ of stdin); // nothing is expected on it
  }
  void drain()
    .catch(() => undefined)
    .finally(() => ended.abort())
  return ended.signal
}
