/**
 * `outside.json` beside `network.json`: where peers are reached from outside of the cluster. The operator rewrites it while the tracker
 * runs, so that it is read again when somebody asks.
 *
 * @module
 */
import { readNetworkConfig } from '@lunarx/client/connect'
import type { OutsideAddress } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'
import { besideFile, isMissingFile } from '@lunarx/runtime/files'
import type { Log } from '@lunarx/runtime/log'
import type { LoadedRunConfig } from '../config/read-config.ts'

/** However many ask, it is read once in this time. */
const FRESH_MS = 5_000

type Known = ReadonlyMap<string, OutsideAddress>

/** Without a file nobody is reached from outside; one that cannot be understood changes nothing. */
export function readOutside(
  { networkFile }: Pick<LoadedRunConfig, 'networkFile'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): () => Promise<Known> {
  if (networkFile === undefined) return () => Promise.resolve(new Map())
  const file = besideFile(networkFile, 'outside.json')
  let known: Known = new Map()
  const read = async (): Promise<Known> => {
    try {
      known = new Map((await readNetworkConfig(file)).outside?.map(({ host, at }) => [host, at]))
    } catch (error) {
      if (isMissingFile(error)) known = new Map()
      else log.warn('outside.json cannot be read: what it said before goes on', { error })
    }
    return known
  }
  let reading: { readonly known: Promise<Known>; readonly sinceMs: number } | undefined
  return () => {
    const nowMs = clock.elapsed()
    if (reading === undefined || nowMs - reading.sinceMs >= FRESH_MS) reading = { known: read(), sinceMs: nowMs }
    return reading.known
  }
}
