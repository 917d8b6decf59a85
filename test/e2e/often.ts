/**
 * Does something again and again until it is told to end.
 *
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises'

export interface Often extends AsyncDisposable {
  /** Resolves when the last one is done. */
  readonly end: () => Promise<void>
}

/** @param work what it throws counts as nothing: the API server, or a tracker, may be away */
export function often(everyMs: number, work: () => Promise<void>): Often {
  const stop = new AbortController()
  const go = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await work().catch(() => undefined)
      await pause(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const going = go()
  const end = async (): Promise<void> => {
    stop.abort()
    await going
  }
  return { end, [Symbol.asyncDispose]: end }
}
