/**
 * `lunarx get NAME [FILE|-]`, `lunarx get --grant FILE [FILE|-]`
 *
 * @module
 */
import { basename } from 'node:path'
import type { Client, GetProgress } from '@lunarx/client'
import { LunarError, textOf } from '@lunarx/core/model'
import { writeSink } from '../files/byte-streams.ts'
import { readSmallFile } from '@lunarx/runtime/files'
import { progressBar, type Bar } from '../progress/bar.ts'
import { examples, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

const WITHHELD = 'Holders refuse their shards: reading what they prove to trackers, some MiB a minute.'

export const addGet: AddCommand = (program, io) => {
  const command = program
    .command('get')
    .summary('read an object into a file')
    .description('Reads an object, verifies and decrypts it. A file gets its name only when it is complete.')
    .argument('[name]', 'name of the object; left out with --grant')
    .argument('[file]', 'file to write, - for standard output (default: the last part of the name)')
    .option('--grant <file>', 'what another owner shared: the grant that `lunarx share` gave there')
    .option('--range <offset:length>', 'only these bytes; length may be left out', parseRange)
    .option('--at <time>', 'an earlier version, by its time as `lunarx stat` shows it', parseTime)
    .action(async (first: string | undefined, second: string | undefined, options: GetCommandOptions) => {
      const grant = options.grant === undefined ? undefined : textOf(await readSmallFile(options.grant)).trim()
      const file = grant === undefined ? second : first
      const { withClient } = await import('../session/open-session.ts')
      await withClient(options, io, async (client, { platform }) => {
        let bar: Bar | undefined
        const name = grant === undefined ? first : (await client.statShared(grant, { signal: io.signal })).name
        if (name === undefined) throw new LunarError('BAD_CONFIG', 'name an object, or a grant with --grant')
        let isTold = false
        const onProgress = ({ readBytes, totalBytes, withheld }: GetProgress): void => {
          if (withheld && !isTold) {
            isTold = true
            io.stderr.write(`${WITHHELD}\n`).catch(() => undefined)
          }
          bar ??= progressBar(name, totalBytes, io.stderr, () => platform.clock.elapsed())
          bar.update(readBytes)
        }
        const reading = { range: options.range, lend: true, signal: io.signal, onProgress }
        const version = options.at && (await versionAt(client, name, options.at, io.signal))
        const bytes = grant === undefined ? client.get(name, { ...reading, version }) : client.getShared(grant, reading)
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
    'lunarx get --grant report.grant report.pdf',
    "lunarx get notes.txt - --at '2026-02-03 04:05:06'",
  )
}

type GetCommandOptions = ClientOptions & { grant?: string; range?: ByteRange; at?: Span }

interface ByteRange {
  readonly offset: number
  readonly length?: number | undefined
}

/** Milliseconds since 1970 UTC, [from, until): a time is as precise as it was written. */
interface Span {
  readonly from: number
  readonly until: number
}

/** @throws {LunarError} BAD_CONFIG */
export function parseTime(text: string): Span {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{3})?Z?$/.exec(text)
  const from = match ? Date.parse(`${match[1]}T${match[2]}${match[3] ?? ''}Z`) : Number.NaN
  if (Number.isNaN(from))
    throw new LunarError('BAD_CONFIG', 'a time is YYYY-MM-DD HH:MM:SS, in UTC', { detail: { flag: '--at', value: text } })
  return { from, until: from + (match?.[3] ? 1 : 1_000) }
}

/** The newest version of that time. @throws {LunarError} VERSION_NOT_FOUND */
async function versionAt(client: Client, name: string, { from, until }: Span, signal: AbortSignal): Promise<number> {
  const versions = await client.versions(name, { signal })
  const found = versions.find(({ storedMs }) => storedMs >= from && storedMs < until)
  if (!found) throw new LunarError('VERSION_NOT_FOUND', 'no version of that time is kept', { detail: { name, kept: versions.length } })
  return found.storedMs
}

/** @throws {LunarError} BAD_RANGE */
export function parseRange(text: string): ByteRange {
  const match = /^(\d{1,15})(?::(\d{1,15})?)?$/.exec(text)
  if (!match) throw new LunarError('BAD_RANGE', 'a range is OFFSET:LENGTH or OFFSET:', { detail: { range: text } })
  const [, offset, length] = match
  return { offset: Number(offset), length: length === undefined ? undefined : Number(length) }
}
