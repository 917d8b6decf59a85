/**
 * The store of a pod: one SQLite file in WAL mode, synced at every commit.
 *
 * Writes that arrive while the event loop is busy share one transaction and so one sync of the disk. One table keyed by the raw
 * bytes, without row ids: entries lie in key order, and a scan reads neighbours. Large values lie apart, one behind the other, in a
 * table of their own: written among random keys a value of 64 KiB costs twice as much CPU, and reading it six times as much.
 *
 * No file is ever needed elsewhere: what a statement changes is kept in memory until it has ended, at most a few pages. By default SQLite
 * writes more than 64 KiB of that to a folder for temporary files; a pod has none, and then the write of just that row fails, each time.
 *
 * @module
 */
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { LunarError } from '@lunarx/core/model'
import { type Batch, BatchQueue } from './batch-queue.ts'
import type { Change, Entry, KeyValueStore, Range } from './store.ts'

const SQLITE_FULL = 13
/** No room for the 32 KiB that processes share about the WAL. */
const SQLITE_IOERR_SHMSIZE = 4874

/** How long another process (a backup, `sqlite3`) may hold the file. Milliseconds. */
const BUSY_MS = 5_000

/** Values from this size on lie apart. */
const LARGE_BYTES = 4096
const NOTHING = new Uint8Array(0)

/** `large` has no entry that is gone: the triggers see to it in the transaction that lets it go. */
const SCHEMA = `
  PRAGMA temp_store = MEMORY;
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS entries (k BLOB PRIMARY KEY, v BLOB NOT NULL, id INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS large (id INTEGER PRIMARY KEY, v BLOB NOT NULL);
  CREATE TRIGGER IF NOT EXISTS replaced AFTER UPDATE ON entries WHEN old.id IS NOT NULL BEGIN DELETE FROM large WHERE id = old.id; END;
  CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON entries WHEN old.id IS NOT NULL BEGIN DELETE FROM large WHERE id = old.id; END;
`

function refuse(cause: unknown, operation: string): LunarError {
  const errcode = cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode : undefined
  const isFull = errcode !== undefined && ((errcode & 0xff) === SQLITE_FULL || errcode === SQLITE_IOERR_SHMSIZE)
  return new LunarError(isFull ? 'FULL' : 'STORE_FAILED', `store refused to ${operation}`, {
    cause,
    detail: { operation, sqlite: errcode ?? null },
  })
}

/** On a full volume alone with the file: what is otherwise shared with other processes then needs no room. */
function openDatabase(file: string): DatabaseSync {
  const shared = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    shared.exec(SCHEMA)
    return shared
  } catch (error) {
    shared.close()
    if (refuse(error, 'open').code !== 'FULL') throw error
  }
  const alone = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    alone.exec(`PRAGMA locking_mode = EXCLUSIVE; ${SCHEMA}`)
    return alone
  } catch (error) {
    alone.close()
    throw error
  }
}

const valueOf = (row: Readonly<Record<string, SQLOutputValue>>): Uint8Array => (row['large'] ?? row['v']) as Uint8Array

export class SqliteStore implements KeyValueStore {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #scan: StatementSync
  readonly #scanToEnd: StatementSync
  readonly #put: StatementSync
  readonly #putLarge: StatementSync
  readonly #remove: StatementSync
  readonly #queue = new BatchQueue()
  readonly #onFailure: (error: LunarError) => void
  #isClosed = false

  /**
   * Opens or makes the file; its folder must exist.
   * @param onFailure told of whatever SQLite refuses later, which is thrown as well
   * @throws {LunarError} STORE_FAILED, FULL
   */
  constructor(file: string, onFailure: (error: LunarError) => void = () => undefined) {
    this.#onFailure = onFailure
    try {
      const database = openDatabase(file)
      this.#database = database
      const from = 'FROM entries LEFT JOIN large ON large.id = entries.id'
      this.#get = database.prepare(`SELECT entries.v, large.v AS large ${from} WHERE k = ?`)
      this.#scan = database.prepare(`SELECT k, entries.v, large.v AS large ${from} WHERE k >= ? AND k < ? ORDER BY k LIMIT ?`)
      this.#scanToEnd = database.prepare(`SELECT k, entries.v, large.v AS large ${from} WHERE k >= ? ORDER BY k LIMIT ?`)
      this.#put = database.prepare(
        'INSERT INTO entries (k, v, id) VALUES (?, ?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v, id = excluded.id',
      )
      this.#putLarge = database.prepare('INSERT INTO large (v) VALUES (?)')
      this.#remove = database.prepare('DELETE FROM entries WHERE k = ?')
    } catch (error) {
      throw refuse(error, 'open')
    }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#try('get', () => {
      const row = this.#get.get(key)
      return row && valueOf(row)
    })
  }

  async scan({ from, until, limit }: Range): Promise<Entry[]> {
    const rows = this.#try('scan', () => (until ? this.#scan.all(from, until, limit) : this.#scanToEnd.all(from, limit)))
    return rows.map((row) => ({ key: row['k'] as Uint8Array, value: valueOf(row) }))
  }

  async write(changes: readonly Change[]): Promise<void> {
    if (this.#isClosed) throw new LunarError('STORE_FAILED', 'store is closed')
    const isFirst = this.#queue.isEmpty
    const written = this.#queue.add(changes)
    if (isFirst) setImmediate(() => this.#flush())
    await written
  }

  /** Commits what waits, then closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#flush()
    this.#isClosed = true
    this.#database.close()
  }

  /** One transaction for all; if it fails, one for each, so that none fails by another's fault. */
  #flush(): void {
    const batches = this.#queue.takeAll()
    if (batches.length === 0) return
    const error = this.#commit(batches)
    for (const batch of batches) batch.settle(error && batches.length > 1 ? this.#commit([batch]) : error)
  }

  #commit(batches: readonly Batch[]): LunarError | undefined {
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      for (const { changes } of batches)
        for (const change of changes)
          if (!('put' in change)) this.#remove.run(change.remove)
          else if (change.value.length < LARGE_BYTES) this.#put.run(change.put, change.value, null)
          else this.#put.run(change.put, NOTHING, this.#putLarge.run(change.value).lastInsertRowid)
      this.#database.exec('COMMIT')
      return undefined
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      return this.#failed(error, 'write')
    }
  }

  #failed(error: unknown, operation: string): LunarError {
    const failure = refuse(error, operation)
    this.#onFailure(failure)
    return failure
  }

  #try<T>(operation: string, work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.#failed(error, operation)
    }
  }
}
