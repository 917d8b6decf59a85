/**
 * What an aborted call throws, and cleaning up after having listened.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

/** ABORTED; but a LunarError that the caller aborts with (a time limit of its own) stays what it is. */
export function abortError({ reason }: AbortSignal): LunarError {
  return reason instanceof LunarError ? reason : new LunarError('ABORTED', 'the operation was aborted', { cause: reason })
}

/** Calls back with what to throw when aborted, at once if it is; the returned function stops listening. */
export function onAbort(signal: AbortSignal | undefined, callback: (error: LunarError) => void): () => void {
  if (!signal) return () => undefined
  const listener = (): void => callback(abortError(signal))
  if (signal.aborted) listener()
  else signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}
