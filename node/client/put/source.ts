/**
 * What can be put: bytes, a Blob, a web stream, a Node stream, or any async iterable of bytes. A stream is read once and at the pace
 * of the network.
 *
 * @module
 */

/**
 * Chunks may have any length, none included, and a producer may fill the memory of a chunk anew once the next one is asked for. A
 * Node `Readable` is an async iterable of bytes.
 */
export type Source = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** Bytes as they are; everything else as an async iterable whose `return` lets go of the source. */
export function chunksOf(source: Source): Uint8Array | AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) return source
  const stream = source instanceof Blob ? source.stream() : source
  return Symbol.asyncIterator in stream ? stream : readerOf(stream)
}

/** Not every browser lets a web stream be iterated. */
async function* readerOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader()
  let isEnded = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      isEnded = done
      if (done) return
      yield value
    }
  } finally {
    if (!isEnded) await reader.cancel()
    reader.releaseLock()
  }
}
