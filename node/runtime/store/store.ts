/**
 * An ordered key-value store with atomic, durable batches: SQLite in pods, or a database (`@lunarx/tracker/store`); a twin in `World`
 * that forgets what was not committed. Keys and values are byte strings; keys are in lexicographic order.
 *
 * @module
 */
export type Change = { readonly put: Uint8Array; readonly value: Uint8Array } | { readonly remove: Uint8Array }

export interface Range {
  /** Inclusive. */
  readonly from: Uint8Array
  /** Exclusive; undefined: to the end. */
  readonly until?: Uint8Array | undefined
  /** At most this many. */
  readonly limit: number
}

export interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export interface KeyValueStore extends AsyncDisposable {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  scan(range: Range): Promise<Entry[]>
  /** All or nothing; durable when it resolves. Concurrent calls share a commit. Throws FULL or STORE_FAILED, or TOO_MANY_REQUESTS when 8,192 batches or 128 MiB wait; then nothing of the batch is visible, unless the connection to a database was lost over it: then nobody knows, as after a crash. */
  write(changes: readonly Change[]): Promise<void>
}

/** Opens (or makes) the store of this name. */
export type OpenStore = (name: string) => Promise<KeyValueStore>
