/**
 * Trying again, a bounded number of times, with pauses that grow and differ between callers.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '../clock/clock.ts'
import type { Random } from '../random/random.ts'

export interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  /** Tries in all, at least 1. */
  readonly attempts: number
  /** Pause after the first failure; doubles with each. */
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  readonly signal?: AbortSignal | undefined
  /** Which failures are worth another try; default: a LunarError that says so. */
  readonly isRetryable?: (error: unknown) => boolean
}

const saysSo = (error: unknown): boolean => error instanceof LunarError && error.retryable

/** Pause before try `failures + 1`: between half and all of the doubled first pause, so that callers do not come back together. */
export function pauseMs(failures: number, options: Pick<RetryOptions, 'firstPauseMs' | 'maxPauseMs' | 'random'>): number {
  const fullMs = Math.min(options.maxPauseMs, options.firstPauseMs * 2 ** (failures - 1))
  return fullMs * (0.5 + options.random.uniform() / 2)
}

/** @throws what the last try threw, or the signal's reason */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { isRetryable = saysSo, signal } = options
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt >= options.attempts || signal?.aborted || !isRetryable(error)) throw error
    }
    await options.clock.sleep(pauseMs(attempt, options), signal)
  }
}
