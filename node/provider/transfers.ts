/**
 * Shards on their way in or out: how many there are, and an end to new ones when the provider stops.
 *
 * Counts only; whoever transfers also stops by the signal that it was given.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Clock } from '@lunarx/runtime/clock'

export class Transfers {
  #count = 0
  #isStopping = false
  #idle = Promise.withResolvers<void>()

  /** Under way now. */
  get count(): number {
    return this.#count
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Nothing new is taken from now on. Resolves when what is under way has ended, or after this time. */
  async drain(limitMs: number, clock: Clock): Promise<void> {
    this.#isStopping = true
    this.#wake()
    const over = new AbortController()
    const limit = clock.sleep(limitMs, over.signal).catch(() => undefined) // the drain was faster
    await Promise.race([this.#idle.promise, limit])
    over.abort()
  }

  /** @throws {LunarError} STOPPING */
  refuseWhenStopping(): void {
    if (this.#isStopping) throw new LunarError('STOPPING', 'the provider is about to stop')
  }

  /** Counts one until it is disposed of. */
  enter(): Disposable {
    this.#count++
    let isOver = false
    return {
      [Symbol.dispose]: () => {
        if (isOver) return
        isOver = true
        this.#count--
        this.#wake()
      },
    }
  }

  #wake(): void {
    if (this.#isStopping && this.#count === 0) this.#idle.resolve()
  }
}
