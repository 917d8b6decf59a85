/**
 * `revoked.json` beside `network.json`: peers that the network has put out. The operator rewrites it while peers run, so that it is read
 * again and again; nobody is restarted for it.
 *
 * @module
 */
import { revokedSchema, type PeerId } from '@lunarx/core/membership'
import type { Clock } from '@lunarx/runtime/clock'
import { besideFile, isMissingFile } from '@lunarx/runtime/files'
import type { Log } from '@lunarx/runtime/log'
import { Tasks } from '@lunarx/runtime/tasks'
import { readJsonFile } from './json-file.ts'

const EVERY_MS = 5_000

export interface KeptRevoked extends AsyncDisposable {
  readonly isRevoked: (peer: PeerId) => boolean
}

/**
 * Without a file nobody is put out; one that cannot be understood changes nothing.
 * @param networkFile where the configuration was read; undefined: in no file
 */
export async function keepRevoked(
  networkFile: string | undefined,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<KeptRevoked> {
  let known: ReadonlySet<PeerId> = new Set()
  const tasks = new Tasks({ clock, log })
  if (networkFile !== undefined) {
    const file = besideFile(networkFile, 'revoked.json')
    const read = async (): Promise<void> => {
      known = await readRevoked(file).catch((error: unknown) => {
        log.warn('revoked.json cannot be read: what it said before goes on', { error })
        return known
      })
    }
    await read()
    tasks.repeat('read revoked peers', () => EVERY_MS, read)
  }
  return { isRevoked: (peer) => known.has(peer), [Symbol.asyncDispose]: () => tasks[Symbol.asyncDispose]() }
}

/** @throws {LunarError} BAD_CONFIG */
async function readRevoked(file: string): Promise<ReadonlySet<PeerId>> {
  try {
    return new Set((await readJsonFile(file, revokedSchema)).peers)
  } catch (error) {
    if (isMissingFile(error)) return new Set()
    throw error
  }
}
