/**
 * What one backend does, one try at a time: the part that differs. `SteadyObjects` makes an `Objects` of it: names checked, time
 * limits, tries, metrics. So a backend keeps no timer and never tries again by itself.
 *
 * Errors are those of `Objects`; `retryable` says whether another try may help. The signal is aborted at the end of the time limit:
 * the try ends then, soon, with whatever error.
 *
 * @module
 */
import type { ObjectEnd, StoredObject } from './objects.ts'

export interface ObjectPage {
  readonly objects: readonly StoredObject[]
  /** Where the next page begins; undefined: this is the last. */
  readonly next: string | undefined
}

export interface ObjectAttempts extends AsyncDisposable {
  /** `bytes` is read once; a try that ends leaves the object whole or as it was. Verified when it resolves. */
  put(name: string, sizeBytes: number, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>
  /** `into` is not empty. May give fewer bytes than there are, but 0 only behind the end. */
  read(name: string, into: Uint8Array, position: number, signal: AbortSignal): Promise<number | undefined>
  /** All bytes that there are, or it fails. */
  readEnd(name: string, into: Uint8Array, signal: AbortSignal): Promise<ObjectEnd | undefined>
  size(name: string, signal: AbortSignal): Promise<number | undefined>
  remove(name: string, signal: AbortSignal): Promise<void>
  page(prefix: string, after: string | undefined, signal: AbortSignal): Promise<ObjectPage>
  freeBytes(signal: AbortSignal): Promise<number | undefined>
  claim(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}
