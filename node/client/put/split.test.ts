import { concatBytes } from '@lunarx/core/model'
import test from 'ava'
import fc from 'fast-check'
import { split } from './split.ts'

const never = new AbortController().signal

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const reused = new Uint8Array(64) // as a file reader does
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const part = bytes.subarray(at, at + (sizes[i % sizes.length] ?? 1))
    reused.set(part)
    yield reused.subarray(0, part.length)
    at += part.length
  }
}

test('segments are of the full size but the last, in order, and make up the object, however the stream is chunked', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 1, maxLength: 5 }).filter((sizes) => sizes.some((size) => size > 0)),
      fc.integer({ min: 1, max: 70 }),
      fc.boolean(),
      async (bytes, sizes, segmentBytes, isStream) => {
        const segments = []
        for await (const segment of split(isStream ? chunked(bytes, sizes) : bytes, segmentBytes, never))
          segments.push({ ...segment, bytes: segment.bytes.slice() })
        t.deepEqual(concatBytes(...segments.map((segment) => segment.bytes)), bytes)
        t.is(segments.length, Math.max(1, Math.ceil(bytes.length / segmentBytes)))
        t.deepEqual(
          segments.map(({ index }) => index),
          segments.map((_, i) => i),
        )
        t.deepEqual(
          segments.map(({ isLast }) => isLast),
          segments.map((_, i) => i === segments.length - 1),
        )
        t.true(segments.slice(0, -1).every((segment) => segment.bytes.length === segmentBytes))
      },
    ),
  )
})

test('an abort ends it while the source keeps it waiting, and closes the source', async (t) => {
  const stop = new AbortController()
  let isClosed = false
  const source: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: async () => {
        isClosed = true
        return { done: true, value: undefined }
      },
    }),
  }
  const pulled = split(source, 10, stop.signal).next()
  stop.abort(new Error('enough'))
  await t.throwsAsync(pulled, { message: 'enough' })
  t.true(isClosed)
})

test('a source that fails hands on its failure; one that gives no bytes is refused', async (t) => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3)
    throw new Error('disk gone')
  }
  async function* texts(): AsyncGenerator<Uint8Array> {
    yield 'text' as unknown as Uint8Array
  }
  await t.throwsAsync(split(failing(), 10, never).next(), { message: 'disk gone' })
  await t.throwsAsync(split(texts(), 10, never).next(), { code: 'BAD_MESSAGE' })
})
