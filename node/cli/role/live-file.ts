/**
 * Files beside `network.json` that the operator rewrites while a tracker runs, so that they are read again when their content is needed.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'
import { besideFile, isMissingFile } from '@lunarx/runtime/files'
import type { Log } from '@lunarx/runtime/log'
import type { LoadedRunConfig } from '../config/read-config.ts'

/** However many ask, it is read once in this time. */
const FRESH_MS = 5_000

export interface LiveFile<T> {
  readonly name: string
  /** What holds without the file. */
  readonly absent: T
  /** @throws {LunarError} BAD_CONFIG */
  readonly read: (file: string) => Promise<T>
}

/** One that cannot be understood changes nothing. */
export function followFile<T>(
  { name, absent, read }: LiveFile<T>,
  { networkFile }: Pick<LoadedRunConfig, 'networkFile'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): () => Promise<T> {
  if (networkFile === undefined) return () => Promise.resolve(absent)
  const file = besideFile(networkFile, name)
  let known = absent
  const readNow = async (): Promise<T> => {
    try {
      known = await read(file)
    } catch (error) {
      if (isMissingFile(error)) known = absent
      else log.warn(`${name} cannot be read: what it said before goes on`, { error })
    }
    return known
  }
  let reading: { readonly known: Promise<T>; readonly sinceMs: number } | undefined
  return () => {
    const nowMs = clock.elapsed()
    if (reading === undefined || nowMs - reading.sinceMs >= FRESH_MS) reading = { known: readNow(), sinceMs: nowMs }
    return reading.known
  }
}
