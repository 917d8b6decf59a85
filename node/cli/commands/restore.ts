/**
 * `lunarx restore NAME`
 *
 * @module
 */
import type { Restoration } from '@lunarx/client'
import { LunarError } from '@lunarx/core/model'
import { print } from '../output/print.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

interface RestoreOptions extends ClientOptions {
  readonly dryRun?: boolean
}

export const addRestore: AddCommand = (program, io) => {
  const command = program
    .command('restore')
    .summary('check an object, and make lost parts again from its backup copies')
    .description(
      'Asks who holds the shards of an object, of all versions that are kept, and makes those erasure sets again of which too few are ' +
        'left: from their backup copies, or the copies from them. What only misses some shards is rebuilt by the network itself. ' +
        'Fails if something can be had from nowhere.',
    )
    .argument('<name>', 'name of the object')
    .option('--dry-run', 'look, and change nothing')
    .action(async (name: string, options: RestoreOptions) => {
      const { withClient } = await import('../session/open-session.ts')
      await withClient(options, io, async (client) => {
        const found = await client.restore(name, { dryRun: options.dryRun, signal: io.signal })
        await print(io, options, { name, isDryRun: options.dryRun ?? false, ...found }, describe(found, options.dryRun ?? false))
        if (found.lost > 0)
          throw new LunarError('TOO_FEW_SHARDS', 'sets of the object are lost: neither they nor a copy can be read', {
            detail: { lost: found.lost },
          })
      })
    })
  examples(ownerOptions(command), 'lunarx restore photos.tar', 'lunarx restore photos.tar --dry-run --json')
}

export function describe({ sets, degraded, restored, lost }: Restoration, isDryRun: boolean): string {
  const rest = sets - degraded - restored - lost
  const parts = [
    `${rest} whole`,
    ...(degraded > 0 ? [`${degraded} being rebuilt by the network`] : []),
    ...(restored > 0 ? [`${restored} ${isDryRun ? 'to be restored' : 'restored'}`] : []),
    ...(lost > 0 ? [`${lost} lost`] : []),
  ]
  return `${sets} sets: ${parts.join(', ')}`
}
