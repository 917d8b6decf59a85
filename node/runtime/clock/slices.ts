/**
 * Long work in slices: heartbeats, other requests and an abort are not to wait until it is done.
 *
 * @module
 */
import type { Clock } from './clock.ts'

/** The thread is held for so long, and a piece of work more. */
const SLICE_MS = 10

/**
 * @returns to be awaited between pieces of work of a few milliseconds at most: lets others have their turn when the slice is over, and
 * costs next to nothing before. Rejects with the signal's reason. Simulated time stands still meanwhile, so there it never waits.
 */
export function slicesOf(clock: Pick<Clock, 'elapsed' | 'sleep'>, signal?: AbortSignal): () => Promise<void> {
  let sinceMs = clock.elapsed()
  return async () => {
    signal?.throwIfAborted()
    if (clock.elapsed() - sinceMs < SLICE_MS) return
    await clock.sleep(0, signal)
    sinceMs = clock.elapsed()
  }
}
