/**
 * Giving up what a put left that nobody goes on with: its sets are buried, then its journal goes.
 *
 * Sets that a name may stand for are left alone: the name may have been written with the put's last breath, and turn up later. They
 * cost space and nothing else.
 *
 * @module
 */
import { keysOfIdentity } from '@lunarx/core/keys'
import type { Log } from '@lunarx/runtime/log'
import { bury, type BuryDeps } from '../bury.ts'
import { setsOfJournal, type Journal, type Journals } from './journal/index.ts'

export interface GiveUpDeps extends BuryDeps {
  readonly log: Log
  /** Aborted when the client is closed. */
  readonly lifetime: AbortSignal
}

/** Never throws: what cannot be buried now keeps its journal, for the next time. */
export async function giveUp(journal: Journal, deps: GiveUpDeps): Promise<void> {
  try {
    const { begun, namedOver } = journal.state
    if (!namedOver) await buryAll(setsOfJournal(journal.state), begun.owner, deps)
    await journal.remove()
  } catch (error) {
    deps.log.warn('an interrupted put is not given up yet', { error })
    await journal.close()
  }
}

/** By the keys of the owner that signed the sets. @throws {LunarError} PEER_UNREACHABLE: no tracker answers */
export async function buryAll(segments: readonly Uint8Array[], owner: Uint8Array, deps: GiveUpDeps): Promise<void> {
  const keys = keysOfIdentity(owner, deps.keys)
  if (keys && segments.length > 0) await bury(segments, { ...deps, keys }, deps.lifetime)
}

/**
 * Puts that nobody has taken up for a day. Never throws.
 * @param keyed asked for only if there are any
 */
export async function giveUpOld(journals: Journals, keyed: () => Promise<GiveUpDeps>, { log }: Pick<GiveUpDeps, 'log'>): Promise<void> {
  try {
    for await (const journal of journals.abandoned()) await giveUp(journal, await keyed())
  } catch (error) {
    log.warn('interrupted puts are not looked through', { error })
  }
}
