import { hexOf, LunarError } from '@lunarx/core/model'
import test from 'ava'
import fc from 'fast-check'
import { decodeHeader, encodeHeader, FRAME, type FrameType, MAX_PAYLOAD_BYTES } from './frame.ts'
import { decodeError, encodeError, encodeHead } from './heads.ts'

const types = Object.values(FRAME)

// the bytes of docs/PROTOCOL.md: a change here is a new protocol
test('headers are what the protocol says', (t) => {
  t.is(hexOf(encodeHeader(FRAME.hello, 300)), '010000012c')
  t.is(hexOf(encodeHeader(FRAME.question, 0x010203)), '0200010203')
  t.is(hexOf(encodeHeader(FRAME.chunk, 1024 * 1024)), '0300100000')
  t.is(hexOf(encodeHeader(FRAME.end, 0)), '0400000000')
  t.is(hexOf(encodeHeader(FRAME.answer, 1)), '0500000001')
  t.is(hexOf(encodeHeader(FRAME.error, 255)), '06000000ff')
})

test('heads are what the protocol says', (t) => {
  t.is(
    hexOf(encodeHead({ exchange: 'locate', question: { segments: [] }, body: false })),
    'a364626f6479f46865786368616e6765666c6f63617465687175657374696f6ea1687365676d656e747380',
  )
  t.is(hexOf(encodeHead({ answer: { n: 1 }, body: true })), 'a264626f6479f566616e73776572a1616e01')
  t.is(
    hexOf(encodeError(new LunarError('FULL', 'no room', { detail: { freeBytes: 7 } }))),
    'a364636f64656446554c4c6664657461696ca16966726565427974657307676d657373616765676e6f20726f6f6d',
  )
})

test('a header says what was encoded', (t) => {
  const frame = fc
    .constantFrom<FrameType>(...types)
    .chain((type) => fc.record({ type: fc.constant(type), length: fc.nat(MAX_PAYLOAD_BYTES[type]) }))
  fc.assert(fc.property(frame, ({ type, length }) => t.deepEqual(decodeHeader(encodeHeader(type, length)), { type, length })))
})

test('no five bytes do anything but decode or be refused', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 5, maxLength: 5 }), (bytes) => {
      try {
        const { type, length } = decodeHeader(bytes)
        return types.includes(type) && length <= MAX_PAYLOAD_BYTES[type]
      } catch (error) {
        return error instanceof LunarError && error.code === 'BAD_MESSAGE'
      }
    }),
  )
  t.throws(() => decodeHeader(Uint8Array.of(0, 0, 0, 0, 0)), { code: 'BAD_MESSAGE' })
  t.throws(() => decodeHeader(Uint8Array.of(FRAME.chunk, 0, 0x10, 0, 1)), { code: 'BAD_MESSAGE' })
  t.throws(() => decodeHeader(Uint8Array.of(FRAME.end, 0, 0, 0, 1)), { code: 'BAD_MESSAGE' })
  t.throws(() => encodeHeader(FRAME.chunk, 1024 * 1024 + 1), { code: 'BAD_MESSAGE' })
})

test('errors cross with code, message and detail, and nothing else', (t) => {
  const sent = new LunarError('NO_ROOM', 'three short', { detail: { short: 3 }, cause: new Error('inner') })
  const received = decodeError(encodeError(sent))
  t.is(received.code, 'NO_ROOM')
  t.is(received.message, 'three short')
  t.true(received.retryable)
  t.deepEqual(received.detail, { short: 3 })
  t.is(received.cause, undefined)
})

test('a detail that cannot cross is left out', (t) => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  for (const detail of [cycle, { long: 'x'.repeat(20_000) }, { big: 1n }])
    t.deepEqual(decodeError(encodeError(new LunarError('FULL', 'm', { detail }))).detail, {})
})

test('a code of a newer version becomes INTERNAL, with the code in the detail', (t) => {
  const error = decodeError(encodeHead({ code: 'NEWS', message: 'm', detail: {} }))
  t.is(error.code, 'INTERNAL')
  t.deepEqual(error.detail, { code: 'NEWS' })
})
