/**
 * Many who wait for one signal, behind one listener of it: to add a listener and take it back costs some µs and a walk over those that
 * are there, and one request waits for an answer of each of its fourteen providers.
 *
 * The listener stays, and goes with the signal.
 *
 * @module
 */
const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls back once when the signal, which is not aborted yet, is; the returned function takes that back. A callback must not throw. */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  const callbacks = callbacksOf.get(signal) ?? listen(signal)
  callbacks.add(callback)
  return () => void callbacks.delete(callback)
}

function listen(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>()
  callbacksOf.set(signal, callbacks)
  signal.addEventListener(
    'abort',
    () => {
      for (const callback of callbacks) callback()
      callbacks.clear()
    },
    { once: true },
  )
  return callbacks
}
