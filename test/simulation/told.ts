/**
 * How often each thing happened in a story: what was asked for and what came of it, and what broke.
 *
 * @module
 */
export class Told {
  readonly #counts = new Map<string, number>()

  count(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times)
  }

  /** What happened → how often. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}
