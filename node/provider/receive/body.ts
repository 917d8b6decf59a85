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
  try {
    for (;;) {
      signal.throwIfAborted()
      const next = await nextOrAbort(chunks, signal)
      if (next.done) return
      yield next.value
    }
  } finally {
    // not awaited: behind a chunk that never comes, return() would wait for it
    chunks.return?.().catch(() => undefined)
  }
}

function nextOrAbort(chunks: AsyncIterator<Uint8Array>, signal: AbortSignal): Promise<IteratorResult<Uint8Array>> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    void chunks
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}
