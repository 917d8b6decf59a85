/**
 * Waits for a time or until somebody rings, whichever comes first.
 *
 * @module
 */
import type { Clock } from '@lunarx/runtime/clock'

export class Bell {
  readonly #clock: Clock
  #wake: (() => void) | undefined
  #isRung = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#isRung = true
    this.#wake?.()
  }

  /** One waiter at a time. A ring since the last wait counts. @throws the signal's reason */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(ms, resolve)
        this.#wake = () => {
          cancel()
          resolve()
        }
        signal.addEventListener('abort', this.#wake, { once: true })
      })
      if (this.#wake) signal.removeEventListener('abort', this.#wake)
      this.#wake = undefined
    }
    this.#isRung = false
    signal.throwIfAborted()
  }
}
