/**
 * What each name may stand for. After an acknowledged put or delete that is one thing; after one whose end nobody knows, either.
 *
 * @module
 */

/** Digest of the bytes of an object; undefined: no object of this name. */
export type Content = string | undefined

export class Expectations {
  readonly #allowed = new Map<string, Set<Content>>()
  /**
   * Versions whose commit may lie unseen on a replica. A put beats a delete that has not seen it, so that one of these may come up
   * after a delete; a later put beats them.
   */
  readonly #ghosts = new Map<string, Set<Content>>()

  get names(): string[] {
    return [...this.#allowed.keys()]
  }

  allowed(name: string): ReadonlySet<Content> {
    return this.#allowed.get(name) ?? new Set([undefined])
  }

  acknowledged(name: string, content: Content): void {
    this.#allowed.set(name, new Set(content === undefined ? [undefined, ...(this.#ghosts.get(name) ?? [])] : [content]))
  }

  unsure(name: string, content: Content): void {
    this.#allowed.set(name, new Set([...this.allowed(name), content]))
    if (content !== undefined) this.#ghosts.set(name, new Set([...(this.#ghosts.get(name) ?? []), content]))
  }
}
