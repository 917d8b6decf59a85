/**
 * The bytes of an object, for whoever iterates: every iteration reads from the start, and ending one early ends its transfers at
 * once, even while the next chunk is still on its way (a generator alone would wait for that chunk).
 *
 * @module
 */
const DONE = { done: true, value: undefined } as const

/** @param read begins a read; its signal is aborted when the reader leaves or `outer` is */
export function reading(
  read: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void>,
  outer: AbortSignal,
): AsyncIterable<Uint8Array, void> {
  return {
    [Symbol.asyncIterator]() {
      const left = new AbortController()
      const chunks = read(AbortSignal.any([outer, left.signal]))
      return {
        async next() {
          try {
            return await chunks.next()
          } catch (error) {
            if (left.signal.aborted) return DONE
            throw error
          }
        },
        async return() {
          left.abort()
          await chunks.return().catch(() => undefined)
          return DONE
        },
      }
    },
  }
}
