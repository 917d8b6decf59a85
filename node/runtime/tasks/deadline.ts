/**
 * A time limit as a signal, which leaves neither timer nor listener behind once it is disposed of.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/clock.ts'

export interface Deadline extends Disposable {
  /** Aborted with TIMEOUT after the time, or with the reason of the outer signal. */
  readonly signal: AbortSignal
}

/**
 * `using limit = deadline(clock, 5_000, signal)`; hand on `limit.signal`.
 * @param ms from now
 */
export function deadline(clock: Clock, ms: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  const onAbort = (): void => {
    release()
    controller.abort(outer?.reason)
  }
  const cancel = clock.after(ms, () => {
    release()
    controller.abort(new LunarError('TIMEOUT', 'the time limit has passed', { detail: { limitMs: ms } }))
  })
  const release = (): void => {
    cancel()
    outer?.removeEventListener('abort', onAbort)
  }
  if (outer?.aborted) onAbort()
  else outer?.addEventListener('abort', onAbort, { once: true })
  return { signal: controller.signal, [Symbol.dispose]: release }
}
