/**
 * `lunarx admin REQUEST [BODY] --config FILE`
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { OPEN_REQUESTS, type OpenRequest } from '@lunarx/wire'
import { Argument } from 'commander'
import { print } from '../output/print.ts'
import { examples, type AddCommand } from './options.ts'

interface AdminOptions {
  readonly config: string
}

export const addAdmin: AddCommand = (program, io) => {
  const command = program
    .command('admin')
    .summary('in the pod of a tracker: ask its admin API what every member may ask')
    .description(
      'Asks the tracker that runs beside it, with its identity and credential, and prints one line of JSON: who answers (`tracker`), and the `answer`. Nothing that needs the rights of the operator can be asked so. `kubectl lunarx audit --transcripts` and `kubectl lunarx transcript` run it in the pods of trackers by `kubectl exec`.',
    )
    .addArgument(new Argument('<request>', 'what to ask').choices(OPEN_REQUESTS))
    .argument('[body]', 'JSON of the request (default: {})')
    .requiredOption('--config <file>', 'run config of the tracker')
    .action(async (name: OpenRequest, body: string | undefined, options: AdminOptions) => {
      const [{ readRunConfig }, { askOwnTracker }] = await Promise.all([
        import('../config/read-config.ts'),
        import('../role/ask-own-tracker.ts'),
      ])
      const config = await readRunConfig(options.config, io.env)
      await print(io, { json: true }, await askOwnTracker(config, name, jsonOf(body ?? '{}'), io.signal), '')
    })
  examples(
    command,
    'lunarx admin status --config /etc/lunarx/run.json',
    `lunarx admin readBeacon '{"round":400000}' --config /etc/lunarx/run.json`,
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new LunarError('BAD_CONFIG', 'the body of a request is JSON', { cause })
  }
}
