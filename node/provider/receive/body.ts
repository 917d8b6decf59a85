/**
 * The chunks of a body until a signal aborts, even while the next chunk is still awaited: a connection that hangs must not keep an
 * upload from being taken up over another one.
 *
 * @module
 */
import type { Body } from '@lunarx/net/peers'

/** @throws the signal's reason, or what the body throws */
export async function* chunksUntil(body: Body, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  aborted.catch(() => undefined)
  try {
    signal.throwIfAborted()
    for (;;) {
      const next = await Promise.race([chunks.next(), aborted])
      if (next.done) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    // not awaited: behind a chunk that never comes, return() would wait for it
    chunks.return?.().catch(() => undefined)
  }
}
