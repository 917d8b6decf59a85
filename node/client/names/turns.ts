/**
 * One at a time per key: commits to one name by one client follow each other, so that the later one has seen the earlier one.
 *
 * @module
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const { promise: turn, resolve: pass } = Promise.withResolvers<void>()
    this.#last.set(key, turn)
    try {
      await before
      return await work()
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
      pass()
    }
  }
}
