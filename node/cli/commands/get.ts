/**
 * `lunarx get NAME [FILE|-]`
 *
 * @module
 */
import { basename } from 'node:path'
import { LunarError } from '@lunarx/core/model'
import { writeSink } from '../files/byte-streams.ts'
import { progressBar, type Bar } from '../progress/bar.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

export const addGet: AddCommand = (program, io) => {
  const command = program
    .command('get')
    .summary('read an object into a file')
    .description('Reads an object, verifies and decrypts it. A file gets its name only when it is complete.')
    .argument('<name>', 'name of the object')
    .argument('[file]', 'file to write, - for standard output (default: the last part of the name)')
    .option('--range <offset:length>', 'only these bytes; length may be left out', parseRange)
    .action(async (name: string, file: string | undefined, options: ClientOptions & { range?: ByteRange }) => {
      const { withClient } = await import('../session/open-session.ts')
      await withClient(options, io, async (client, { platform }) => {
        let bar: Bar | undefined
        const onProgress = ({ readBytes, totalBytes }: { readBytes: number; totalBytes: number }): void => {
          bar ??= progressBar(name, totalBytes, io.stderr, () => platform.clock.elapsed())
          bar.update(readBytes)
        }
        const bytes = client.get(name, { range: options.range, signal: io.signal, onProgress })
        try {
          await writeSink(file ?? basename(name), bytes, io)
        } finally {
          await bar?.end()
        }
      })
    })
  examples(
    ownerOptions(command),
    'lunarx get backups/report.pdf',
    'lunarx get photos.tar - | tar x',
    'lunarx get disk.img part --range 1048576:4096',
  )
}

interface ByteRange {
  readonly offset: number
  readonly length?: number | undefined
}

/** @throws {LunarError} BAD_RANGE */
export function parseRange(text: string): ByteRange {
  const match = /^(\d{1,15})(?::(\d{1,15})?)?$/.exec(text)
  if (!match) throw new LunarError('BAD_RANGE', 'a range is OFFSET:LENGTH or OFFSET:', { detail: { range: text } })
  const [, offset, length] = match
  return { offset: Number(offset), length: length === undefined ? undefined : Number(length) }
}
