/**
 * Row clients by author: an owner that has rotated its keys reads rows under several identities.
 *
 * @module
 */
import { hexOf } from '@lunarx/core/model'
import { RowClient, type RowClientDeps } from './row-client.ts'

export class RowClients {
  readonly #deps: Omit<RowClientDeps, 'author'>
  readonly #byAuthor = new Map<string, RowClient>()

  constructor(deps: Omit<RowClientDeps, 'author'>) {
    this.#deps = deps
  }

  /** The same one every time. Bounded by the generations that the owner has used. */
  of(author: Uint8Array): RowClient {
    const name = hexOf(author)
    const client = this.#byAuthor.get(name) ?? new RowClient({ ...this.#deps, author })
    this.#byAuthor.set(name, client)
    return client
  }

  /** Waits a moment for replicas that are still being told: for a process that is about to end. */
  async settle(): Promise<void> {
    await Promise.all([...this.#byAuthor.values()].map((client) => client.settle()))
  }
}
