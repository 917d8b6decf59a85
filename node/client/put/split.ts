/**
 * split: a byte stream into segments, each of the full size but the last. One buffer of a segment, filled from the caller's chunks,
 * which may be reused by the caller; a whole byte string is cut into views.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { chunksOf, type Source } from './source.ts'

export interface Segment {
  /** 0, 1, 2, … */
  readonly index: number
  /** At most the segment size; empty only for an empty object. Good until the next segment is pulled: the buffer is used again. */
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

/** A buffer starts small, because most objects are. */
const FIRST_BUFFER_BYTES = 64 * 1024

export function split(source: Source, segmentBytes: number, signal: AbortSignal): AsyncGenerator<Segment, void> {
  const chunks = chunksOf(source)
  return chunks instanceof Uint8Array ? splitBytes(chunks, segmentBytes) : splitStream(chunks, segmentBytes, signal)
}

async function* splitBytes(source: Uint8Array, segmentBytes: number): AsyncGenerator<Segment, void> {
  for (let index = 0, at = 0; index === 0 || at < source.length; index++) {
    const bytes = source.subarray(at, at + segmentBytes)
    at += bytes.length
    yield { index, bytes, isLast: at === source.length }
  }
}

async function* splitStream(source: AsyncIterable<Uint8Array>, segmentBytes: number, signal: AbortSignal): AsyncGenerator<Segment, void> {
  let index = 0
  let buffer = new Uint8Array(0)
  let fill = 0
  for await (const chunk of untilAborted(source, signal)) {
    if (!(chunk instanceof Uint8Array)) throw new LunarError('BAD_MESSAGE', 'the source gave something else than bytes')
    for (let at = 0; at < chunk.length;) {
      // a full segment waits for one more byte: only then it is known not to be the last
      if (fill === segmentBytes) {
        yield { index: index++, bytes: buffer, isLast: false }
        fill = 0
      }
      const taken = Math.min(chunk.length - at, segmentBytes - fill)
      buffer = grow(buffer, fill, fill + taken, segmentBytes)
      buffer.set(chunk.subarray(at, at + taken), fill)
      fill += taken
      at += taken
    }
  }
  yield { index, bytes: buffer.subarray(0, fill), isLast: true }
}

function grow(buffer: Uint8Array<ArrayBuffer>, fill: number, neededBytes: number, limitBytes: number): Uint8Array<ArrayBuffer> {
  if (neededBytes <= buffer.length) return buffer
  const larger = new Uint8Array(Math.min(limitBytes, Math.max(neededBytes, 2 * buffer.length, FIRST_BUFFER_BYTES)))
  larger.set(buffer.subarray(0, fill))
  return larger
}

/** Ends with the signal's reason even while the source keeps us waiting. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const items = source[Symbol.asyncIterator]()
  let isEnded = false
  try {
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = await nextOrAbort(items, signal)
      if (done) {
        isEnded = true
        return
      }
      yield value
    }
  } finally {
    if (!isEnded) items.return?.().catch(() => undefined) // not awaited: the source may never answer
  }
}

/** A listener for each pull, not one promise to race with: that would remember every chunk of a long object. */
function nextOrAbort<T>(items: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    void items
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}
