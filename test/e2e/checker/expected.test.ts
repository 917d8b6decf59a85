import { erasureClass } from '@lunarx/core/model'
import { segmentBytesFor } from '@lunarx/core/segment'
import { SeededRandom } from '@lunarx/runtime/random'
import test from 'ava'
import { ABSENT, contentOf, Expected, versionIn } from './expected.ts'
import { INLINE_BYTES, LEAST_BYTES, SEGMENT_BYTES, sizeOverwritten, sizesWrittenOnce } from './sizes.ts'

const NAME = 'chaos/0'

test('bytes tell which version they are, and one that differs tells that too', (t) => {
  const bytes = contentOf({ name: NAME, version: 12 }, 70_000)
  t.is(bytes.length, 70_000)
  t.is(versionIn(NAME, bytes), 12)
  t.is(versionIn('chaos/1', bytes), undefined)
  t.is(versionIn(NAME, bytes.subarray(0, -1)), undefined)
  t.is(versionIn(NAME, Buffer.concat([bytes, Buffer.of(0)])), undefined)
  bytes.writeUInt8(bytes.readUInt8(60_000) ^ 1, 60_000)
  t.is(versionIn(NAME, bytes), undefined)
  t.is(versionIn(NAME, Buffer.from('no title')), undefined)
  t.is(versionIn(NAME, Buffer.from(`${NAME} 1 5\n`)), undefined)
})

test('what was acknowledged must be there; what was not may be', (t) => {
  const expected = new Expected()
  const allowed = (): number[] => [0, 1, 2, 3].filter((version) => expected.allows({ name: NAME, version }))
  t.deepEqual(allowed(), [ABSENT])
  expected.doubt({ name: NAME, version: expected.next(NAME) })
  t.deepEqual(allowed(), [ABSENT, 1])
  expected.acknowledge({ name: NAME, version: expected.next(NAME) })
  t.deepEqual(allowed(), [2])
  expected.doubt({ name: NAME, version: ABSENT })
  t.deepEqual(allowed(), [ABSENT, 2])
  expected.acknowledge({ name: NAME, version: ABSENT })
  t.deepEqual(allowed(), [ABSENT])
  t.deepEqual(expected.names, [NAME])
})

test('sizes: of the sample’s class, objects inside of rows, of one segment, around the border, of several', (t) => {
  const { inlineBytes, required, parity } = erasureClass.parse({ name: 'standard', required: 4, parity: 2, survive: 1 })
  t.is(segmentBytesFor({ required, parity }), SEGMENT_BYTES)
  t.true(INLINE_BYTES <= inlineBytes)
  const random = new SeededRandom('sizes')
  const below = (bound: number): number => random.below(bound)
  for (const isLong of [false, true]) {
    const sizes = sizesWrittenOnce(below, isLong)
    t.true(Math.max(...sizes) >= (isLong ? 100 : 24) * 2 ** 20)
    t.true(sizes.filter((size) => size <= INLINE_BYTES).length > 1)
    const beyond = sizes.map((size) => size - SEGMENT_BYTES).filter((bytes) => Math.abs(bytes) <= 1)
    t.deepEqual(isLong ? beyond.toSorted((a, b) => a - b) : beyond.length, isLong ? [-1, 0, 1] : 1)
    t.true(Math.min(...sizes) >= LEAST_BYTES)
  }
  const overwritten = Array.from({ length: 1_000 }, () => sizeOverwritten(below))
  t.true(overwritten.some((size) => size < SEGMENT_BYTES && size > SEGMENT_BYTES - 100_000))
  t.true(overwritten.some((size) => size > SEGMENT_BYTES && size < SEGMENT_BYTES + 100_000))
  t.true(overwritten.filter((size) => size <= INLINE_BYTES).length > 200)
  t.true(overwritten.filter((size) => size > inlineBytes && size <= 4 * 2 ** 20).length > 500)
  t.true(Math.min(...overwritten) >= LEAST_BYTES)
})

test('there is room for the title of the last version of a long name', (t) => {
  const stored = { name: 'chaos/zzzzzzzzzz/once/99', version: 999_999_999 }
  t.is(versionIn(stored.name, contentOf(stored, LEAST_BYTES)), stored.version)
})
