/**
 * The machine's clock.
 *
 * Why `elapsed` is not derived from `now`: the wall clock may be set back, intervals may not.
 *
 * @module
 */
import type { Clock } from './clock.ts'
import { sleepOn } from './sleep.ts'

/** setTimeout fires at once above this; longer waits are taken in parts. */
const MAX_TIMER_MS = 2 ** 31 - 1

export class SystemClock implements Clock {
  now(): number {
    return Date.now()
  }

  elapsed(): number {
    return performance.now()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal)
  }

  after(ms: number, callback: () => void): () => void {
    if (ms <= 0) {
      const turn = setImmediate(callback) // setTimeout takes a millisecond at least
      return () => clearImmediate(turn)
    }
    let timer: NodeJS.Timeout | undefined
    const wait = (leftMs: number): void => {
      const partMs = Math.min(Math.max(0, leftMs), MAX_TIMER_MS)
      timer = setTimeout(() => (leftMs > partMs ? wait(leftMs - partMs) : callback()), partMs)
    }
    wait(ms)
    return () => clearTimeout(timer)
  }
}
