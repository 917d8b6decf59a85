/**
 * `lunarx gc`
 *
 * @module
 */
import type { Garbage } from '@lunarx/client'
import { formatBytes, formatDuration, formatTable } from '../output/format.ts'
import { print } from '../output/print.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

interface GcOptions extends ClientOptions {
  readonly free?: boolean
}

export const addGc: AddCommand = (program, io) => {
  const command = program
    .command('gc')
    .summary('find sets that no name names, and free them')
    .description(
      'Lists the erasure sets of the owner that no name names and that were last kept more than seven days ago: what puts left that ' +
        'never came to an end. Frees nothing without --free.',
    )
    .option('--free', 'delete them; providers then remove the shards')
    .action(async (options: GcOptions) => {
      const { withClient } = await import('../session/open-session.ts')
      await withClient(options, io, async (client) => {
        const found = await client.collectGarbage({ free: options.free, signal: io.signal })
        await print(io, options, found, describe(found))
      })
    })
  examples(ownerOptions(command), 'lunarx gc', 'lunarx gc --free')
}

export function describe({ keptSets, garbage, isFreed }: Garbage): string {
  const bytes = garbage.reduce((sum, set) => sum + set.bytes, 0)
  const rows = garbage.map((set) => [set.segment, formatBytes(set.bytes), `kept ${formatDuration(set.ageMs)} ago`])
  const verb = isFreed ? 'freed' : 'to be freed with --free'
  const sum = garbage.length === 0 ? 'nothing to free' : `${garbage.length} sets, ${formatBytes(bytes)} ${verb}`
  return [...(rows.length > 0 ? [formatTable(rows)] : []), `${sum} (${keptSets} sets are kept)`].join('\n')
}
