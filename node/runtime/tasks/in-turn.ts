/**
 * Work on one thing at a time, by key, first come first served.
 *
 * @module
 */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs `work` after what came before for this key, whether that failed or not. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
