/**
 * The bytes of an object as a web ReadableStream, for `Response`, browsers and everything that pipes.
 *
 * @module
 */

/** Pulls as the reader reads; cancelling it ends the transfers. */
export function readableOf(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await chunks.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
