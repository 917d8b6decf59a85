/**
 * The ordered key-value store of a tracker in a database. Writes that arrive while a commit is under way share the next one.
 *
 * @module
 */
import type pg from 'pg'
import { LunarError } from '@lunarx/core/model'
import { type Batch, BatchQueue, type Change, type Entry, type KeyValueStore, type Range } from '@lunarx/runtime/store'
import type { Connections } from './connections.ts'
import { DATABASE_LIMITS } from './limits.ts'
import type { Space } from './space.ts'

const GET = 'SELECT v FROM lunarx_entries WHERE space = $1 AND k = $2'
const SCAN = 'SELECT k, v FROM lunarx_entries WHERE space = $1 AND k >= $2 AND k < $3 ORDER BY k LIMIT $4'
const SCAN_TO_END = 'SELECT k, v FROM lunarx_entries WHERE space = $1 AND k >= $2 ORDER BY k LIMIT $3'

/** `\\x` and hex: the client takes what comes as bytes for UTF-8. In an array of their own, which no pool of memory outlives. */
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice(2), 'hex'))
const types = { getTypeParser: () => bytesOf } as unknown as pg.CustomTypesConfig

export class PostgresStore implements KeyValueStore {
  readonly #connections: Connections
  readonly #space: Space
  readonly #queue = new BatchQueue()
  #committing: Promise<void> | undefined
  #isClosed = false

  constructor(connections: Connections, space: Space) {
    this.#connections = connections
    this.#space = space
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const [row] = await this.#read<{ v: Uint8Array }>('get', GET, [Buffer.from(key)])
    return row?.v
  }

  async scan({ from, until, limit }: Range): Promise<Entry[]> {
    const rows = until
      ? await this.#read<{ k: Uint8Array; v: Uint8Array }>('scan', SCAN, [Buffer.from(from), Buffer.from(until), limit])
      : await this.#read<{ k: Uint8Array; v: Uint8Array }>('scan', SCAN_TO_END, [Buffer.from(from), limit])
    return rows.map(({ k, v }) => ({ key: k, value: v }))
  }

  async write(changes: readonly Change[]): Promise<void> {
    this.#check()
    const written = this.#queue.add(changes)
    this.#committing ??= this.#commitAll()
    await written
  }

  /** Commits what waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#committing
  }

  async #commitAll(): Promise<void> {
    await Promise.resolve() // whoever writes in the same turn shares the commit
    while (!this.#queue.isEmpty) {
      const batches = this.#queue.take(DATABASE_LIMITS.commitBytes)
      const error = await this.#commit(batches)
      for (const batch of batches) batch.settle(error && isOfOneBatch(error) && batches.length > 1 ? await this.#commit([batch]) : error)
    }
    this.#committing = undefined
  }

  async #commit(batches: readonly Batch[]): Promise<unknown> {
    const commit = this.#space.plan(batches.flatMap(({ changes }) => changes))
    try {
      await this.#connections.use('write', (client) => this.#space.commit(client, commit))
      return undefined
    } catch (error) {
      return error
    }
  }

  async #read<R extends pg.QueryResultRow>(operation: string, text: string, values: readonly unknown[]): Promise<R[]> {
    this.#check()
    const query = { text, values: [this.#space.id, ...values], types }
    return await this.#connections.use(operation, async (client) => (await client.query<R>(query)).rows)
  }

  #check(): void {
    if (this.#isClosed) throw new LunarError('STORE_FAILED', 'store is closed')
  }
}

/** A batch that the database does not take must not take others along; where nothing works each would only wait in vain. */
const isOfOneBatch = (error: unknown): boolean => error instanceof LunarError && !error.retryable
