/**
 * The same with each tracker, one after another: with one of them it may fail, now or every time, and the others have their turn all the same.
 *
 * @module
 */
import { LunarError, type PeerAddress } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import { isAway } from './ask.ts'

/** @throws the reason of the signal, and errors of the program */
export async function eachInTurn(
  trackers: readonly PeerAddress[],
  work: (tracker: PeerAddress) => Promise<void>,
  { log }: { readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  for (const tracker of trackers)
    try {
      await work(tracker)
    } catch (error) {
      if (signal.aborted || !(error instanceof LunarError)) throw error
      const about = { tracker: tracker.host, error }
      if (isAway(error)) log.info('a tracker is away: the others have their turn', about)
      else log.warn('it failed with one tracker: the others have their turn', about)
    }
}
