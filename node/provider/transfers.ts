/**
 * Shards on their way in or out: how many there are, and an end to new ones when the provider stops.
 *
 * Counts only; whoever transfers also stops by the signal that it was given.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

export class Transfers {
  #count = 0
  #isStopping = false
  #idle = Promise.withResolvers<void>()

  /** Under way now. */
  get count(): number {
    return this.#count
  }

  /** Nothing new is taken from now on; what is under way goes on. */
  stop(): void {
    this.#isStopping = true
    this.#wake()
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

  /** Resolves when the provider stops and nothing is under way. */
  get idle(): Promise<void> {
    return this.#idle.promise
  }

  #wake(): void {
    if (this.#isStopping && this.#count === 0) this.#idle.resolve()
  }
}
