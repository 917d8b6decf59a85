import test from 'ava'
import fc from 'fast-check'
import { cut } from './cut.ts'

test('a cut holds exactly the bytes of the range that the object has', (t) => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(120), fc.option(fc.nat(120), { nil: undefined }), (sizeBytes, offset, length) => {
      const object = Array.from({ length: sizeBytes }, (_, at) => at)
      const { from, until } = cut(sizeBytes, { offset, length })
      t.deepEqual(object.slice(from, until), object.slice(offset, length === undefined ? undefined : offset + length))
      t.true(0 <= from && from <= until && until <= sizeBytes)
    }),
  )
})

test('what is no range is refused', (t) => {
  for (const range of [{ offset: -1 }, { offset: 0.5 }, { offset: 0, length: -1 }, { offset: Number.NaN }])
    t.throws(() => cut(10, range), { code: 'BAD_RANGE' })
})
