import test from 'ava'
import fc from 'fast-check'
import { cutSegments } from './cut.ts'

test('the cuts of a range hold exactly its bytes, in order, and touch no other segment', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 6 }),
      fc.nat(120),
      fc.option(fc.nat(120), { nil: undefined }),
      (sizes, offset, length) => {
        const object = sizes.flatMap((size, segmentIndex) => Array.from({ length: size }, (_, at) => ({ segmentIndex, at })))
        const cuts = cutSegments(sizes, { offset, length })
        const bytes = cuts.flatMap(({ segmentIndex, from, until }) =>
          Array.from({ length: until - from }, (_, i) => ({ segmentIndex, at: from + i })),
        )
        t.deepEqual(bytes, object.slice(offset, length === undefined ? undefined : offset + length))
        t.true(cuts.every(({ from, until }) => from < until))
      },
    ),
  )
})

test('what is no range is refused', (t) => {
  for (const range of [{ offset: -1 }, { offset: 0.5 }, { offset: 0, length: -1 }, { offset: Number.NaN }])
    t.throws(() => cutSegments([10], range), { code: 'BAD_RANGE' })
})
