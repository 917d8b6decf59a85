/**
 * Whole objects under names on somebody else's store: S3, HDFS, or memory in the simulation.
 *
 * An object is there whole or not at all; what is written is verified before `put` resolves, for there are servers that store a cut
 * upload and answer with success. Never appends, never renames: what lies under a name is replaced as one.
 *
 * Every operation is bounded: a time limit for each try, a number of tries, pauses that grow. Failures throw
 * - FULL: the server has no room, or a quota is used up
 * - STORE_FAILED, not retryable: wrong credentials, a vanished bucket, a malformed answer; somebody has to act
 * - STORE_FAILED, retryable: throttled, cut, failing or silent, and still so at the last try
 * - ABORTED: the store was disposed of meanwhile
 * - the reason of a signal that was aborted
 *
 * with `detail.operation`, and `detail.server` where the server gave a code. Endpoint, bucket and credentials are in no message:
 * errors travel to peers.
 *
 * @module
 */
export interface StoredObject {
  readonly name: string
  readonly sizeBytes: number
}

/** What `readEnd` has found. */
export interface ObjectEnd {
  /** Of the whole object. */
  readonly sizeBytes: number
  /** Filled. */
  readonly readBytes: number
}

export interface Objects extends AsyncDisposable {
  /**
   * The object is there whole, or as it was before; durable when it resolves, and verified: length and checksum are what was sent.
   * @param open gives the bytes from the beginning, again for each try; chunks of any length, each the store's until the next is asked for
   * @throws {LunarError} FULL, STORE_FAILED, also when `open` gives more or fewer than `sizeBytes`; what `open` throws
   */
  put(name: string, sizeBytes: number, open: () => AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>
  /**
   * Fills `into` from `position`.
   * @returns bytes read: fewer than asked for only at the end, 0 behind it; undefined: there is no such object
   */
  read(name: string, into: Uint8Array, position: number, signal?: AbortSignal): Promise<number | undefined>
  /**
   * Fills `into`, which is not empty, with the end of the object, or with all of it where it is shorter: for who does not know yet how
   * long it is.
   * @returns undefined: there is no such object
   */
  readEnd(name: string, into: Uint8Array, signal?: AbortSignal): Promise<ObjectEnd | undefined>
  /** @returns undefined: there is none */
  size(name: string, signal?: AbortSignal): Promise<number | undefined>
  /** No error when there is none. Durable when it resolves. */
  remove(name: string, signal?: AbortSignal): Promise<void>
  /**
   * Names below a folder (`shards/ab/`, or '' for all), also in folders of it, in no order; fetched page by page.
   * What is put or removed meanwhile may be named or not. Names that are not ours are left out.
   */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>
  /** Free bytes the server knows of; undefined: it does not say (S3). */
  freeBytes(signal?: AbortSignal): Promise<number | undefined>
  /**
   * Creates `name` with these bytes if there is none, atomically: whoever else claims the name gets the same answer.
   * @returns what is there
   */
  claim(name: string, bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>
}
